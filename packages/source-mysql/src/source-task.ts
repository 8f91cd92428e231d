/**
 * Snapshot, then the log:
 *
 *   start   check the server, read the stored offset, decide what is to be done (see snapshot-mode.ts)
 *   poll    rows of the snapshot, each batch with the offset "unfinished"; the last one with the place the snapshot belongs to
 *           then the log from that place on
 *
 * An unfinished snapshot is gone on with by the next run (see snapshot-phase.ts). The server keeps its binlog, whatever we
 * acknowledge.
 */
import type {
  EncodedRecords,
  JsonMap,
  RecordLane,
  SourceBatch,
  SourceRecord,
  SourceTask,
  SourceTaskContext,
} from '@headrace/connector-api';
import {
  configuredRules,
  heartbeatRecord,
  heartbeatTopic,
  Notifications,
  TransactionMetadata,
  transactionTopic,
  type BlockingWish,
} from '@headrace/cdc';
import { crashPoint, Stopped } from '@headrace/foundation';
import { randomUUID } from 'node:crypto';
import { setUpCapture, type CaptureSetup } from './capture-setup.ts';
import type { MysqlConfig } from './config.ts';
import { CatalogConnection } from './connection/catalog-connection.ts';
import { openConnection } from './connection/open-connection.ts';
import { serverAddress } from './connection/server-address.ts';
import { checkServer, currentPosition, type ServerPosition } from './connection/server-checks.ts';
import type { Dialect } from './dialect.ts';
import { planCapture, type CapturePlan } from './snapshot-mode.ts';
import { openSnapshot } from './snapshot/open-snapshot.ts';
import type { SnapshotPhase } from './snapshot/snapshot-phase.ts';
import type { InterruptedSnapshot } from './snapshot/unfinished-snapshot.ts';
import { ChunkReader } from './signals/chunk-reader.ts';
import { Signalling } from './signals/signalling.ts';
import type { ChangeBatch } from './streaming/change-batch.ts';
import { LogCapture } from './streaming/log-capture.ts';
import type { ResumePoint } from './streaming/log-position.ts';
import { pathOf } from './tables/captured-table.ts';
import { estimatedRows, listTables } from './tables/catalog.ts';

const IDLE_MS = 1_000;

const pointAt = ({ file, position, gtids }: ServerPosition): ResumePoint => ({ file, position, gtids, events: 0, rows: 0, told: {} });

export class MysqlSourceTask implements SourceTask {
  readonly #config: MysqlConfig;
  readonly #dialect: Dialect;
  readonly #context: SourceTaskContext;
  readonly #catalog: CatalogConnection;
  readonly #partition: JsonMap;
  /** Ends what outlives one call: questions to the catalog. */
  readonly #life: AbortController = new AbortController();
  #setup: CaptureSetup | undefined;
  #signalling: Signalling | undefined;
  readonly #notifications: Notifications;
  /** Id of this run's own notifications. */
  readonly #runId = randomUUID();
  #snapshot: SnapshotPhase | undefined;
  #log: LogCapture | undefined;
  /** The last position handed out, as text. */
  #handedOut = '';
  #heartbeatAt = 0;
  /** When the log may be read: `streaming.delay.ms` after a snapshot. */
  #streamAt = 0;

  constructor(config: MysqlConfig, dialect: Dialect, context: SourceTaskContext) {
    this.#config = config;
    this.#dialect = dialect;
    this.#context = context;
    this.#catalog = new CatalogConnection(config);
    this.#partition = { server: config['topic.prefix'] };
    this.#notifications = new Notifications({
      channels: new Set(config['notification.enabled.channels'].map((channel) => channel.toLowerCase())),
      topic: config['notification.sink.topic.name'],
      server: config['topic.prefix'],
      log: context.log,
      now: () => context.clock.now(),
      ...(context.notify === undefined ? {} : { notify: (notification) => context.notify?.(notification) }),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const stored = await this.#context.position(this.#partition);
    await using connection = await openConnection(this.#config, signal);
    await checkServer(connection, this.#dialect, serverAddress(this.#config));
    this.#setup = await setUpCapture(this.#config, this.#dialect, this.#context, (sql, values = []) =>
      this.#catalog.query(sql, values, this.#life.signal),
    );
    this.#signalling = this.#openSignalling(this.#setup, stored);
    this.#heartbeatAt = clock.monotonic();
    const plan = planCapture(configuredRules(this.#config), stored);
    await this.#follow(plan, async () => pointAt(await currentPosition(connection, this.#dialect)), signal);
  }

  get lane(): RecordLane {
    return this.#setup?.fused === undefined ? 'object' : 'fused';
  }

  async poll(signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords> | null> {
    const { batch } = this.#started();
    batch.begin(this.#context.clock.now());
    if (this.#snapshot !== undefined) return this.#pollSnapshot(this.#snapshot, batch, signal);
    if (this.#log === undefined) {
      await this.#context.clock.sleep(IDLE_MS, signal);
      return null;
    }
    return await this.#pollLog(this.#log, batch, signal);
  }

  /** The server keeps its log by age, not by what we have read. */
  acknowledge(): void {
    // Nothing to let go.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Stopped('done'));
    this.#setup?.gauges.disconnected();
    this.#snapshot?.[Symbol.dispose]();
    this.#log?.[Symbol.dispose]();
    await this.#signalling?.[Symbol.asyncDispose]();
    await this.#catalog[Symbol.asyncDispose]();
  }

  #started(): CaptureSetup {
    if (this.#setup === undefined) throw new TypeError('The task is used before it was started.');
    return this.#setup;
  }

  async #follow(plan: CapturePlan, logEnd: () => Promise<ResumePoint>, signal: AbortSignal): Promise<void> {
    if (plan.kind === 'idle') return;
    try {
      if (plan.kind === 'snapshot') {
        this.#snapshot = await this.#openSnapshot(plan.interrupted, signal);
        return;
      }
      this.#log = this.#capture(plan.from ?? (await logEnd()));
      await this.#log.open(signal);
    } catch (error) {
      if (!plan.isReplaceable(error)) throw error;
      this.#context.log.warn('The binlog is gone from the stored position on; a new snapshot is taken.');
      this.#log?.[Symbol.dispose]();
      this.#log = undefined;
      this.#snapshot = await this.#openSnapshot(null, signal);
    }
  }

  #openSignalling({ schemas, source, query, gauges }: CaptureSetup, offset: JsonMap | null): Signalling {
    const logEnd = (): Promise<ServerPosition> => currentPosition({ query }, this.#dialect);
    return new Signalling({
      config: this.#config,
      context: this.#context,
      offset,
      chunks: new ChunkReader({ config: this.#config, schemas, query, logEnd }),
      source,
      notifications: this.#notifications,
      gauges,
      tables: {
        capturable: async () => (await listTables(query)).filter((name) => schemas.isCaptured(name)).map(pathOf),
        expected: (conditions) => estimatedRows(query, conditions),
      },
    });
  }

  #capture(point: ResumePoint, until?: ServerPosition): LogCapture {
    const { schemas, source, fused, schemaChanges } = this.#started();
    const { clock, log } = this.#context;
    const confirmOwnership = (signal: AbortSignal): Promise<boolean> => this.#context.confirmOwnership(signal);
    const options = {
      config: this.#config,
      dialect: this.#dialect,
      schemas,
      source,
      fused,
      watcher: this.#signalling,
      schemaChanges,
      transactions: this.#config['provide.transaction.metadata'] ? new TransactionMetadata(transactionTopic(this.#config)) : undefined,
      clock,
      log,
      confirmOwnership,
    };
    return new LogCapture(options, point, until);
  }

  async #openSnapshot(interrupted: InterruptedSnapshot | null, signal: AbortSignal): Promise<SnapshotPhase> {
    const ground = {
      config: this.#config,
      dialect: this.#dialect,
      context: this.#context,
      setup: this.#started(),
      onTableDone: (path: string, rows: number) => {
        this.#notifications.tellTableDone(this.#runId, path, rows);
      },
      capture: (from: ResumePoint, until: ServerPosition) => this.#capture(from, until),
    };
    const phase = await openSnapshot(ground, interrupted, signal);
    this.#tellSnapshot('STARTED');
    return phase;
  }

  async #pollSnapshot(
    phase: SnapshotPhase,
    batch: ChangeBatch,
    signal: AbortSignal,
  ): Promise<SourceBatch<SourceRecord | EncodedRecords> | null> {
    await phase.read(batch, signal);
    phase.tell(this.#started().gauges);
    if (phase.isDone) this.#tellSnapshot('COMPLETED');
    const taken = await this.#take(batch, () => phase.offset(Math.floor(this.#context.clock.now() / 1_000)), signal);
    if (!phase.isDone) return taken;
    phase[Symbol.dispose]();
    this.#snapshot = undefined;
    this.#context.log.info('Snapshot is complete.', { file: phase.end.file, position: phase.end.position });
    if (phase.kind === 'BLOCKING' || configuredRules(this.#config).streams) this.#log = this.#capture(phase.end);
    this.#streamAt = this.#context.clock.monotonic() + this.#config['streaming.delay.ms'];
    return taken;
  }

  /** streaming.delay.ms is not over; waits for a part of it. */
  async #isDelayed(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#context;
    const left = this.#streamAt - clock.monotonic();
    if (left > 0) await clock.sleep(Math.min(left, IDLE_MS), signal);
    return left > IDLE_MS;
  }

  #addHeartbeat(batch: ChangeBatch): void {
    const interval = this.#config['heartbeat.interval.ms'];
    const { clock } = this.#context;
    if (interval === 0 || clock.monotonic() - this.#heartbeatAt < interval) return;
    this.#heartbeatAt = clock.monotonic();
    batch.objects().push(heartbeatRecord(heartbeatTopic(this.#config), this.#config['topic.prefix'], clock.now()));
  }

  async #pollLog(log: LogCapture, batch: ChangeBatch, signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords> | null> {
    if (await this.#isDelayed(signal)) return null;
    if (log.connections === 0) crashPoint('snapshot.hand-over');
    await this.#signalling?.step(log, batch, signal);
    const wish = this.#signalling?.wish ?? null;
    if (wish !== null && batch.isEmpty) {
      await this.#pauseForSnapshot(log, wish, signal);
      return null;
    }
    await log.read(batch, signal, this.#signalling?.waitMs);
    this.#tellStreaming(log, batch);
    this.#addHeartbeat(batch);
    return await this.#take(batch, () => log.position.offset(), signal);
  }

  #tellStreaming(log: LogCapture, batch: ChangeBatch): void {
    const { gauges, source } = this.#started();
    const committedAt = (source.place?.timeUs ?? 0) / 1_000;
    gauges.streamed(batch.isEmpty ? 0 : this.#context.clock.now() - committedAt, log.transactions);
  }

  /** A blocking snapshot: the log is read up to its place, rests until its rows are handed out, and goes on. */
  async #pauseForSnapshot(log: LogCapture, wish: BlockingWish, signal: AbortSignal): Promise<void> {
    const from = log.position.resumePoint();
    log[Symbol.dispose]();
    this.#snapshot = await this.#openSnapshot({ from, ...wish }, signal);
    this.#log = undefined;
    this.#signalling?.dropWish();
  }

  #tellSnapshot(type: string): void {
    this.#notifications.tell({ id: this.#runId, aggregate: 'Initial Snapshot', type });
  }

  /** null: nothing has come, and the position is the one handed out last. */
  async #take(batch: ChangeBatch, offset: () => JsonMap, signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords> | null> {
    await this.#signalling?.attend(signal);
    const news = this.#notifications.take();
    if (news.length > 0) batch.objects().push(...news);
    const kept = { ...this.#signalling?.keys(), ...offset() };
    const text = JSON.stringify(kept);
    const isNew = text !== this.#handedOut;
    if (!isNew && batch.isEmpty) return null;
    this.#handedOut = text;
    const { records, positions } = batch.take(this.#partition, kept);
    return { records, positions: [...(isNew ? positions : []), ...this.#started().memory.takeUnstored()] };
  }
}
