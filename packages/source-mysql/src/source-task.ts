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
import { captureFilter, heartbeatRecord, heartbeatTopic } from '@headrace/cdc';
import { Stopped } from '@headrace/foundation';
import { setUpCapture, type CaptureSetup } from './capture-setup.ts';
import type { MysqlConfig } from './config.ts';
import { CatalogConnection } from './connection/catalog-connection.ts';
import { openConnection } from './connection/open-connection.ts';
import { serverAddress } from './connection/server-address.ts';
import { checkServer, currentPosition, type ServerPosition } from './connection/server-checks.ts';
import type { Dialect } from './dialect.ts';
import { planCapture, type CapturePlan } from './snapshot-mode.ts';
import { openConsistentPoint } from './snapshot/consistent-point.ts';
import { SnapshotPhase, type InterruptedSnapshot } from './snapshot/snapshot-phase.ts';
import { Snapshot } from './snapshot/snapshot.ts';
import { ChangeBatch } from './streaming/change-batch.ts';
import { LogCapture } from './streaming/log-capture.ts';
import type { ResumePoint } from './streaming/log-position.ts';
import { pathOf, type CapturedTable } from './tables/captured-table.ts';
import { listTables } from './tables/catalog.ts';

const IDLE_MS = 1_000;

const pointAt = ({ file, position, gtids }: ServerPosition): ResumePoint => ({ file, position, gtids, events: 0, rows: 0 });

export class MysqlSourceTask implements SourceTask {
  readonly #config: MysqlConfig;
  readonly #dialect: Dialect;
  readonly #context: SourceTaskContext;
  readonly #catalog: CatalogConnection;
  readonly #partition: JsonMap;
  /** Ends what outlives one call: questions to the catalog. */
  readonly #life: AbortController = new AbortController();
  #setup: CaptureSetup | undefined;
  #batch: ChangeBatch | undefined;
  #snapshot: SnapshotPhase | undefined;
  #log: LogCapture | undefined;
  /** The last position handed out, as text. */
  #handedOut = '';
  #heartbeatAt = 0;

  constructor(config: MysqlConfig, dialect: Dialect, context: SourceTaskContext) {
    this.#config = config;
    this.#dialect = dialect;
    this.#context = context;
    this.#catalog = new CatalogConnection(config);
    this.#partition = { server: config['topic.prefix'] };
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const stored = await this.#context.position(this.#partition);
    await using connection = await openConnection(this.#config, signal);
    await checkServer(connection, this.#dialect, serverAddress(this.#config));
    this.#setup = await setUpCapture(this.#config, this.#dialect, this.#context, (sql, values = []) =>
      this.#catalog.query(sql, values, this.#life.signal),
    );
    this.#batch = new ChangeBatch(this.#config['max.batch.size'], this.#setup.fused);
    this.#heartbeatAt = clock.monotonic();
    const plan = planCapture(this.#config['snapshot.mode'], stored);
    await this.#follow(plan, async () => pointAt(await currentPosition(connection, this.#dialect)), signal);
  }

  get lane(): RecordLane {
    return this.#setup?.fused === undefined ? 'object' : 'fused';
  }

  async poll(signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords> | null> {
    const batch = this.#batch;
    if (batch === undefined) throw new TypeError('The task is used before it was started.');
    batch.begin(this.#context.clock.now());
    if (this.#snapshot !== undefined) return this.#pollSnapshot(this.#snapshot, batch, signal);
    if (this.#log === undefined) {
      await this.#context.clock.sleep(IDLE_MS, signal);
      return null;
    }
    await this.#log.read(batch, signal);
    this.#addHeartbeat(batch);
    return this.#take(batch, this.#log.position.offset());
  }

  /** The server keeps its log by age, not by what we have read. */
  acknowledge(): void {
    // Nothing to let go.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Stopped('done'));
    this.#snapshot?.[Symbol.dispose]();
    this.#log?.[Symbol.dispose]();
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

  #capture(point: ResumePoint, until?: ServerPosition): LogCapture {
    const { schemas, source, fused } = this.#started();
    const { clock, log } = this.#context;
    const confirmOwnership = (signal: AbortSignal): Promise<boolean> => this.#context.confirmOwnership(signal);
    const options = { config: this.#config, dialect: this.#dialect, schemas, source, fused, clock, log, confirmOwnership };
    return new LogCapture(until === undefined ? options : { ...options, until }, point);
  }

  async #openSnapshot(interrupted: InterruptedSnapshot | null, signal: AbortSignal): Promise<SnapshotPhase> {
    const { source, fused } = this.#started();
    const { clock, log } = this.#context;
    const delay = this.#config['snapshot.delay.ms'];
    if (delay > 0) await clock.sleep(delay, signal);
    const point = await openConsistentPoint(this.#config, this.#dialect, signal);
    const catchUp = interrupted === null ? undefined : this.#capture(interrupted.from, point.position);
    try {
      const tables = await this.#snapshotTables();
      await catchUp?.open(signal);
      const { file, position } = point.position;
      log.info('Snapshot begins.', { tables: tables.length, file, position, resumed: interrupted !== null });
      const pieceRows = this.#config['snapshot.fetch.size'];
      const progress = interrupted?.progress;
      return new SnapshotPhase(new Snapshot({ point, tables, progress, source, fused, pieceRows, nowMs: clock.now() }), catchUp);
    } catch (error) {
      catchUp?.[Symbol.dispose]();
      point.socket[Symbol.dispose]();
      throw error;
    }
  }

  /** Looked up only now: what is altered after the consistent point, the server refuses to read. */
  async #snapshotTables(): Promise<readonly CapturedTable[]> {
    const { schemas, query } = this.#started();
    const filter = captureFilter(this.#config);
    const tables: CapturedTable[] = [];
    for (const name of await listTables(query)) {
      if (!schemas.isCaptured(name) || !filter.isInSnapshot(pathOf(name))) continue;
      const table = await schemas.fromCatalog(name);
      if (table !== undefined) tables.push(table);
    }
    return tables;
  }

  async #pollSnapshot(phase: SnapshotPhase, batch: ChangeBatch, signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords>> {
    await phase.read(batch, signal);
    const taken = batch.take(this.#partition, phase.offset(Math.floor(this.#context.clock.now() / 1_000)));
    if (!phase.isDone) return taken;
    phase[Symbol.dispose]();
    this.#snapshot = undefined;
    this.#context.log.info('Snapshot is complete.', { file: phase.end.file, position: phase.end.position });
    if (this.#config['snapshot.mode'].toLowerCase() !== 'initial_only') this.#log = this.#capture(phase.end);
    return taken;
  }

  #addHeartbeat(batch: ChangeBatch): void {
    const interval = this.#config['heartbeat.interval.ms'];
    const { clock } = this.#context;
    if (interval === 0 || clock.monotonic() - this.#heartbeatAt < interval) return;
    this.#heartbeatAt = clock.monotonic();
    batch.objects().push(heartbeatRecord(heartbeatTopic(this.#config), this.#config['topic.prefix'], clock.now()));
  }

  /** null: nothing has come, and the position is the one handed out last. */
  #take(batch: ChangeBatch, offset: JsonMap): SourceBatch<SourceRecord | EncodedRecords> | null {
    const text = JSON.stringify(offset);
    const isNew = text !== this.#handedOut;
    if (!isNew && batch.isEmpty) return null;
    this.#handedOut = text;
    const { records, positions } = batch.take(this.#partition, offset);
    return { records, positions: isNew ? positions : [] };
  }
}
