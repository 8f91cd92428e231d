/**
 * Where reading of the log goes on. Debezium's offset: `file` and `pos` of the next event, or of the start of the current
 * transaction while inside one; `gtids` that were complete before it; `event` and `row` say how much of the transaction
 * is done: events from its BEGIN on (which counts), and rows of the next event.
 */
import type { JsonMap } from '@headrace/connector-api';
import { countsFromOffset, type EventCounts, type TransactionMetadata } from '@headrace/cdc';
import { TaskFailure } from '@headrace/foundation';
import type { EventHeader } from '../binlog/event-header.ts';
import { gtidSource, type GtidSet } from '../binlog/gtid-set.ts';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';
import type { SourceFilter } from './source-filter.ts';

/** A stored offset, read. */
export interface ResumePoint {
  readonly file: string;
  readonly position: number;
  /** null: the server has no GTIDs, or none were logged yet. */
  readonly gtids: string | null;
  /** Events of the first transaction that are done, its BEGIN included. */
  readonly events: number;
  /** Rows of the event after those that are done. */
  readonly rows: number;
  /** Keys of the offset that count the events of the transaction, where transactions are told. */
  readonly told: JsonMap;
}

/** Throws TaskFailure when neither a file nor GTIDs are in the offset. */
export const resumePointOf = (offset: JsonMap): ResumePoint => {
  const file = typeof offset['file'] === 'string' ? offset['file'] : '';
  const position = Number(offset['pos'] ?? 4);
  const gtids = typeof offset['gtids'] === 'string' && offset['gtids'] !== '' ? offset['gtids'] : null;
  const events = Number(offset['event'] ?? 0);
  const rows = Number(offset['row'] ?? 0);
  const isSound = [position, events, rows].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!isSound || (file === '' && gtids === null)) {
    throw new TaskFailure(
      errors.position_invalid.code,
      `The stored offset is no place in a binlog: it needs file and pos, or gtids. ${errors.position_invalid.hint}`,
    );
  }
  return { file, position, gtids, events, rows, told: toldOf(offset) };
};

const toldOf = (offset: JsonMap): JsonMap => Object.fromEntries(Object.entries(offset).filter(([key]) => key.startsWith('transaction_')));

const WRAP = 2 ** 32;

/** Files of one log are numbered at their end. */
export const isLaterFile = (file: string, than: string): boolean => numberOf(file) > numberOf(than);
const numberOf = (file: string): number => Number(file.slice(file.lastIndexOf('.') + 1));

/** Follows the events of one connection. */
export class LogPosition {
  /** The log file of the present event. */
  file: string;
  /** Start of the present event. */
  start: number;
  /** Transactions that were read to their end. */
  transactions = 0;
  /** Events of the transaction that are done; the BEGIN counts. */
  events = 0;
  /** Rows of the present event that are done. */
  rows = 0;
  /** GTID of the present transaction in the family's text; null: none. */
  gtid: string | null = null;
  serverId = 0;
  seconds = 0;
  isInTransaction = false;
  readonly #gtids: GtidSet;
  /** What an earlier connection has done of the first transaction. */
  #doneEvents: number;
  #doneRows: number;
  #doneTold: JsonMap;
  readonly #transactions: TransactionMetadata | undefined;
  readonly #filter: SourceFilter | undefined;
  #isPassedOver = false;
  #end: number;
  /** How far the server has sent its log, by its own heartbeats too. */
  #sentFile: string;
  #sentEnd: number;
  /** Where the present group of events starts, from its GTID event on. */
  #groupStart: number | undefined;
  #groupFile = '';

  /** `transactions` counts the events of transactions, where they are told; `filter`: whose transactions count, left out: all. */
  constructor(point: ResumePoint, dialect: Dialect, transactions?: TransactionMetadata, filter?: SourceFilter) {
    this.#transactions = transactions;
    this.#filter = filter;
    this.file = point.file;
    this.start = point.position;
    this.#end = point.position;
    this.#sentFile = '';
    this.#sentEnd = 0;
    this.#gtids = parseGtids(point, dialect);
    this.#doneEvents = point.events;
    this.#doneRows = point.rows;
    this.#doneTold = point.told;
  }

  /** The present event, as messages name its place. */
  get where(): string {
    return `${this.file}:${String(this.start)}`;
  }

  /** Counts of the transaction as an earlier connection left them; null: it has told nothing of it. */
  get countsBefore(): EventCounts | null {
    return countsFromOffset(this.#doneTold);
  }

  /** Takes the next event in. Positions in headers are 32 bits wide and wrap in files beyond 4 GiB. */
  enter(header: EventHeader): void {
    this.serverId = header.serverId;
    if (header.timestamp !== 0) this.seconds = header.timestamp;
    if (header.isArtificial || header.nextPosition === 0) return;
    let end = header.nextPosition;
    while (end < this.#end - WRAP / 2) end += WRAP;
    this.#end = end;
    this.start = end - header.size;
    this.sentUpTo(this.file, end);
  }

  /** The server has nothing before this place that it has not sent. */
  sentUpTo(file: string, position: number): void {
    this.#sentFile = file;
    this.#sentEnd = position;
  }

  /** Everything before that place, which is no place inside a transaction, is done. */
  hasReached(file: string, position: number): boolean {
    if (this.isInTransaction || this.#sentFile === '') return false;
    return this.#sentFile === file ? this.#sentEnd >= position : isLaterFile(this.#sentFile, file);
  }

  rotate(file: string, position: number): void {
    this.file = file;
    this.start = position;
    this.#end = position;
    // A connection that starts from GTIDs is told the start of the file, whatever it has behind it.
    if (position > 4) this.sentUpTo(file, position);
  }

  /** A GTID event: the group starts here, whatever follows it. */
  openGroup(gtid: string | null): void {
    this.gtid = gtid;
    this.#isPassedOver = this.#filter?.passesOver(gtid === null ? null : gtidSource(gtid)) === true;
    this.#groupStart = this.start;
    this.#groupFile = this.file;
  }

  begin(): void {
    if (this.#groupStart === undefined) this.openGroup(null);
    this.isInTransaction = true;
    this.events = 0;
    this.rows = 0;
  }

  /** Rows of the present event that are not given out, as they are done already or do not count: all of them, some, or none. */
  get skippedRows(): number {
    return this.#isPassedOver ? Infinity : this.#rowsDoneBefore;
  }

  get #rowsDoneBefore(): number {
    if (this.events < this.#doneEvents) return Infinity;
    return this.events === this.#doneEvents ? this.#doneRows : 0;
  }

  eventDone(): void {
    if (this.isInTransaction) this.events += 1;
    this.rows = 0;
  }

  /** The transaction, or the single statement, is complete. */
  commit(): void {
    if (this.gtid !== null) this.#gtids.add(this.gtid);
    this.gtid = null;
    this.#groupStart = undefined;
    if (this.isInTransaction) this.transactions += 1;
    this.isInTransaction = false;
    this.events = 0;
    this.rows = 0;
    this.#doneEvents = 0;
    this.#doneRows = 0;
    this.#doneTold = {};
  }

  /** What a connection has to be opened with to go on after the present row. */
  resumePoint(): ResumePoint {
    const isBehindDone = this.rows < this.#rowsDoneBefore;
    return {
      file: this.#groupStart === undefined ? this.file : this.#groupFile,
      position: this.#groupStart ?? this.#end,
      gtids: this.#gtids.isEmpty ? null : this.#gtids.toString(),
      events: isBehindDone ? this.#doneEvents : this.events,
      rows: isBehindDone ? this.#doneRows : this.rows,
      told: isBehindDone ? this.#doneTold : (this.#transactions?.offsetKeys() ?? {}),
    };
  }

  /** Debezium's offset map; keys whose value is 0 or unknown are left out. */
  offset(): JsonMap {
    return offsetOf(this.resumePoint(), this.serverId, this.seconds);
  }
}

export const offsetOf = (point: ResumePoint, serverId: number, seconds: number): JsonMap => ({
  ...(seconds === 0 ? {} : { ts_sec: seconds }),
  file: point.file,
  pos: point.position,
  ...(point.gtids === null ? {} : { gtids: point.gtids }),
  ...(point.rows === 0 ? {} : { row: point.rows }),
  ...(serverId === 0 ? {} : { server_id: serverId }),
  ...(point.events === 0 ? {} : { event: point.events }),
  ...point.told,
});

/** GTIDs of a stored offset. Throws TaskFailure when they are of another family. */
export const parseGtids = (point: ResumePoint, dialect: Dialect): GtidSet => {
  try {
    return dialect.parseGtids(point.gtids ?? '');
  } catch (cause) {
    throw new TaskFailure(
      errors.position_invalid.code,
      `The stored offset has gtids that ${dialect.title} does not understand: "${point.gtids ?? ''}". ${errors.position_invalid.hint}`,
      { cause },
    );
  }
};
