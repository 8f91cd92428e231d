import { randomUUID } from 'node:crypto';
import type { JsonMap, SourceTaskContext, TopicFeed } from '@headrace/connector-api';
import type { ConfigOf } from '@headrace/foundation';
import type { CdcConfig } from '../config/cdc-config.ts';
import type { SignalKeys } from '../config/signal-keys.ts';
import type { RowCounts } from '../progress/snapshot-tracker.ts';
import type { IncrementalTable } from '../snapshot/incremental-state.ts';
import type { SnapshotPieces } from '../snapshot/snapshot-pieces.ts';
import type { IncrementalSnapshot, WatchedChange, WatchedTable } from './incremental-snapshot.ts';
import { OperatorSignals } from './operator-signals.ts';
import { signalOf, signalsOfText, takeSignalFile, type RawSignal } from './signal-channel.ts';
import { namesTable, parseSignal, type ExecuteSnapshot } from './signal.ts';

/** A blocking snapshot that was asked for. */
export interface BlockingWish {
  readonly kind: 'BLOCKING';
  readonly pieces: SnapshotPieces;
  /** Statements that select the rows of some tables, as the signal gave them. */
  readonly selects: Readonly<Record<string, string>>;
}

export interface SignalDeskOptions {
  readonly config: CdcConfig & ConfigOf<SignalKeys>;
  readonly context: Pick<SourceTaskContext, 'clock' | 'log' | 'readTopic' | 'signals'>;
  /** Stored; its key of the signal topic is read. */
  readonly offset: JsonMap | null;
  readonly tables: SignalTables;
}

const SIGNAL_OFFSET = 'headrace_signal_offset';

export interface SignalTables {
  /** Paths of the tables that could be captured now. */
  capturable(): Promise<readonly string[]>;
  /** The server's estimates of their rows under conditions. */
  expected(conditions: ReadonlyMap<string, string | null>): Promise<RowCounts>;
}

/** Where signals arrive, from the table, the topic, the file and REST, and are carried out. */
export class SignalDesk<P, T extends WatchedTable = WatchedTable> {
  readonly #options: SignalDeskOptions;
  readonly #incremental: IncrementalSnapshot<P, T>;
  readonly #channels: ReadonlySet<string>;
  /** Signals not carried out yet. */
  readonly #inbox: RawSignal[] = [];
  readonly #operators: OperatorSignals;
  #feed: TopicFeed | undefined;
  #nextOffset: bigint | null;
  #nextLookAt = 0;
  /** A blocking snapshot that was asked for. */
  wish: BlockingWish | null = null;

  constructor(options: SignalDeskOptions, incremental: IncrementalSnapshot<P, T>) {
    this.#options = options;
    this.#incremental = incremental;
    this.#operators = new OperatorSignals(options.context.signals, options.offset);
    this.#channels = new Set(options.config['signal.enabled.channels'].map((channel) => channel.toLowerCase()));
    const stored = options.offset?.[SIGNAL_OFFSET];
    this.#nextOffset = typeof stored === 'number' || typeof stored === 'bigint' ? BigInt(stored) : null;
  }

  keys(): JsonMap {
    return { ...this.#operators.keys(), ...(this.#nextOffset === null ? {} : { [SIGNAL_OFFSET]: Number(this.#nextOffset) }) };
  }

  /** Something has been carried out that no offset tells yet. */
  get isDirty(): boolean {
    return this.#operators.isDirty;
  }

  /** A new row of the signal table is a signal: its columns count by position. */
  saw(change: WatchedChange): void {
    const collection = this.#options.config['signal.data.collection'];
    if (change.kind !== 'insert' || collection === null || !this.#channels.has('source') || change.table.path !== collection) return;
    const [id, type, data] = change.after;
    if (typeof id === 'string' && typeof type === 'string') this.#inbox.push({ id, type, data });
  }

  /** Looks at the other channels when it is time, and carries out what has arrived. */
  async attend(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.context;
    if (clock.monotonic() >= this.#nextLookAt && (this.#channels.has('kafka') || this.#channels.has('file'))) {
      if (this.#channels.has('kafka')) await this.#lookAtTopic(signal);
      if (this.#channels.has('file')) await this.#lookAtFile();
      this.#nextLookAt = clock.monotonic() + this.#options.config['signal.poll.interval.ms'];
    }
    this.#inbox.push(...this.#operators.take());
    for (const raw of this.#inbox.splice(0)) await this.#carryOut(raw);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feed?.[Symbol.asyncDispose]();
  }

  async #lookAtTopic(signal: AbortSignal): Promise<void> {
    const { config, context } = this.#options;
    const topic = config['signal.kafka.topic'] ?? `${config['topic.prefix']}-signal`;
    this.#feed ??= await context.readTopic(topic, this.#nextOffset, signal);
    for (const { key, value, offset } of await this.#feed.poll(0, signal)) {
      this.#nextOffset = offset + 1n;
      if (key?.toString() !== config['topic.prefix'] || value === null) continue;
      const found = signalOf(value.toString(), randomUUID);
      if (found === undefined) this.#warn('', 'the record is no JSON object with a type');
      else this.#inbox.push(found);
    }
  }

  async #lookAtFile(): Promise<void> {
    const { signals, broken } = signalsOfText(await takeSignalFile(this.#options.config['signal.file']), randomUUID);
    for (const line of broken) this.#warn('', `"${line.slice(0, 200)}" is no JSON object with a type`);
    this.#inbox.push(...signals);
  }

  async #carryOut({ id, type, data }: RawSignal): Promise<void> {
    // Debezium writes these two into the table itself; a connector of ours may meet those of its predecessor.
    if (type.startsWith('snapshot-window-')) return;
    const signal = parseSignal(id, type, data);
    if (typeof signal === 'string') {
      this.#warn(id, signal);
      return;
    }
    switch (signal.kind) {
      case 'log':
        this.#options.context.log.info(`Signal: ${signal.message}`, { id });
        break;
      case 'pause':
        this.#incremental.pause();
        break;
      case 'resume':
        this.#incremental.resume();
        break;
      case 'stop':
        this.#incremental.stop((path) => signal.tables?.some((expression) => namesTable(expression, path)) ?? true);
        break;
      case 'execute':
        await this.#execute(signal);
    }
  }

  async #execute(signal: ExecuteSnapshot): Promise<void> {
    const known = await this.#options.tables.capturable();
    const named = [...new Set(signal.tables.flatMap((expression) => known.filter((path) => namesTable(expression, path))))];
    if (named.length === 0) {
      this.#warn(signal.id, `no captured table is named by ${signal.tables.join(', ')}`);
      return;
    }
    const filterOf = (path: string): string | null => signal.conditions.find(({ table }) => namesTable(table, path))?.filter ?? null;
    if (signal.way === 'blocking') {
      const selects = named.flatMap((path) => (filterOf(path) === null ? [] : [[path, filterOf(path) ?? '']]));
      const pieces = named.map((table) => ({ table, after: null, until: null }));
      this.wish = { kind: 'BLOCKING', pieces, selects: Object.fromEntries(selects) as Record<string, string> };
      return;
    }
    const conditions = new Map(named.map((path) => [path, filterOf(path)]));
    const expected = await this.#options.tables.expected(conditions);
    this.#incremental.add(
      [...conditions].map(([path, condition]): IncrementalTable => ({
        path,
        signal: signal.id,
        condition,
        expected: expected[path] ?? 0,
        surrogateKey: signal.surrogateKey,
        lastKey: null,
        maxKey: null,
        rows: 0,
      })),
    );
  }

  #warn(id: string, reason: string): void {
    this.#options.context.log.warn('A signal is not carried out.', { id, reason });
  }
}
