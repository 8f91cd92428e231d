/**
 * Values that the log does not hold, read again from their tables before a batch is handed out. Rows wait until some are
 * together and are then read by one query per table. A value may be newer than its event, as it is with Debezium.
 */
import { hasReaction, TaskFailure, toError, type Clock, type Logger } from '@headrace/foundation';
import type { Row } from '@headrace/cdc';
import type { Client } from 'pg';
import type { Begin, Change } from '../change.ts';
import { errors } from '../errors.ts';
import { TuplePlaces } from '../fused/tuple-places.ts';
import { TUPLE_AT, tupleKinds } from '../log/message-codes.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { query, queryTexts, quoteName, quoteText } from '../wire/connection.ts';
import { lackingIn, type ReselectedColumns } from './reselected-columns.ts';

/** Rows of one query, and of a batch between two looks at its size: their values may be large. */
const MAX_WAITING = 64;

/**
 * A walsender tells of a commit as soon as it is in the log, a moment before other sessions see it. A row that is read in
 * between is older than its event.
 */
const UNSEEN = `
  SELECT count(*)::int AS count
  FROM unnest($1::int8[]) AS t(xid), (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8) AS s(xmax)
  WHERE pg_xact_status((xmax + (xid - xmax % 4294967296 + 6442450944) % 4294967296 - 2147483648)::text::xid8) = 'in progress'`;
const LOOK_MS = 2;
const MAX_LOOKS = 5_000;

interface LackingRow {
  readonly table: CapturedTable;
  readonly columns: ReselectedColumns;
  /** Columns to read. */
  readonly ordinals: readonly number[];
  /** Texts of the key. */
  readonly key: readonly string[];
  readonly row: Row;
  /** Of the transaction that changed it. */
  readonly xid: number;
}

/** Where the message of a change lies. */
interface Message {
  readonly buffer: Buffer;
  readonly start: number;
}

export class Reselection {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Logger;
  #waiting: LackingRow[] = [];

  /** `client`: for queries of its own. */
  constructor(client: Client, { clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** As many rows wait as are read at once. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** Remembers the row of a change that lacks values. */
  saw(change: Change, { buffer, start }: Message, transaction: Pick<Begin, 'xid'> | null): void {
    if (transaction === null || (change.kind !== 'insert' && change.kind !== 'update')) return;
    const { table, after } = change;
    const { reselected } = table.plan;
    if (reselected === undefined) return;
    const places = new TuplePlaces(table.columns.length);
    const marker = buffer[start + TUPLE_AT];
    const isAlone = marker !== tupleKinds.old && marker !== tupleKinds.key;
    const newAt = isAlone ? start + TUPLE_AT : places.read(buffer, start + TUPLE_AT + 1);
    places.read(buffer, newAt + 1);
    const ordinals = lackingIn(reselected, places, marker === tupleKinds.old);
    const hasKey = reselected.key.every((ordinal) => (places.starts[ordinal] ?? -1) >= 0);
    if (ordinals.length === 0 || !hasKey) return;
    const key = reselected.key.map((ordinal) => buffer.toString('utf8', places.starts[ordinal], places.ends[ordinal]));
    this.#waiting.push({ table, columns: reselected, ordinals, key, row: after, xid: transaction.xid });
  }

  /** Reads what the waiting rows lack. Returns its bytes. */
  async complete(signal: AbortSignal): Promise<number> {
    if (this.#waiting.length === 0) return 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    await this.#untilSeen([...new Set(waiting.map(({ xid }) => xid))], signal);
    let bytes = 0;
    for (const rows of Map.groupBy(waiting, ({ table, ordinals }) => `${table.path} ${ordinals.join()}`).values()) {
      bytes += await this.#read(rows);
    }
    return bytes;
  }

  async #untilSeen(xids: readonly number[], signal: AbortSignal): Promise<void> {
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const [unseen] = await query<{ readonly count: number }>(this.#client, UNSEEN, [xids]);
      if (unseen?.count === 0) return;
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  async #read(rows: readonly LackingRow[]): Promise<number> {
    const found = await this.#found(rows);
    const gone = rows.filter(({ key }) => !found.has(keyOf(key)));
    const [first] = gone;
    if (first !== undefined) this.#report(first, `${String(gone.length)} rows are gone`, undefined);
    let bytes = 0;
    for (const { table, ordinals, key, row } of rows) {
      for (const [at, text] of (found.get(keyOf(key)) ?? []).entries()) {
        bytes += text?.length ?? 0;
        table.put(row, ordinals[at] ?? -1, text);
      }
    }
    return bytes;
  }

  /** Texts of the lacking columns, by key. Rows of one group lack the same columns of the same table. */
  async #found(rows: readonly LackingRow[]): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
    const [first] = rows;
    if (first === undefined) return new Map();
    const { table, columns, ordinals } = first;
    const names = (places: readonly number[]): string => places.map((ordinal) => quoteName(table.columns[ordinal]?.name ?? '')).join(', ');
    const keys = new Set(rows.map(({ key }) => `(${key.map(quoteText).join(', ')})`));
    const width = columns.key.length;
    try {
      const texts = await queryTexts(
        this.#client,
        `SELECT ${names(columns.key)}, ${names(ordinals)} FROM ${quoteName(table.schema)}.${quoteName(table.name)} ` +
          `WHERE (${names(columns.key)}) IN (${[...keys].join(', ')})`,
      );
      return new Map(texts.map((row) => [keyOf(row.slice(0, width)), row.slice(width)]));
    } catch (error) {
      if (hasReaction(error, 'retry')) throw error;
      this.#report(first, toError(error).message, error);
      return new Map();
    }
  }

  #report({ table, columns }: LackingRow, reason: string, cause: unknown): void {
    if (columns.rules.fails) {
      throw new TaskFailure(
        errors.reselect_failed.code,
        `Values of ${table.path} could not be read again: ${reason}. ${errors.reselect_failed.hint}`,
        { cause },
      );
    }
    this.#log.warn('Values could not be read again and stay as the log has them.', { table: table.path, reason });
  }
}

const keyOf = (texts: readonly (string | null)[]): string => JSON.stringify(texts);
