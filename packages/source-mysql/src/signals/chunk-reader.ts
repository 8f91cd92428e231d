/**
 * Reads one chunk of a table for an incremental snapshot, in a transaction of its own. No marks are written: the place in the
 * log that lies after everything the chunk shows is asked for once its view is taken (a commit is in the log before it can be
 * seen). Where the log has been read up to there, every change that the chunk contains has been told, and every change after
 * is newer than its rows.
 */
import type { Chunk, ChunkSource, IncrementalTable, KeyTexts, Row, Unreadable } from '@headrace/cdc';
import { hasReaction } from '@headrace/foundation';
import type { MysqlConfig } from '../config.ts';
import { openConnection } from '../connection/open-connection.ts';
import { ResultRows, runStatement } from '../connection/result-rows.ts';
import type { ServerSocket } from '../connection/server-socket.ts';
import { KeyRange } from '../snapshot/key-range.ts';
import { readTexts, ResultTable } from '../snapshot/result-table.ts';
import type { LogPlace } from '../streaming/change-reader.ts';
import { pathOf, type CapturedTable } from '../tables/captured-table.ts';
import { listTables, type RunQuery, type TableName } from '../tables/catalog.ts';
import type { TableSchemas } from '../tables/table-schemas.ts';

export interface ChunkReaderOptions {
  readonly config: MysqlConfig;
  readonly schemas: TableSchemas;
  readonly query: RunQuery;
  /** Where the log ends now. */
  readonly logEnd: () => Promise<LogPlace>;
}

const DOING = 'reading a chunk of an incremental snapshot';
/** How often a chunk is read that the server refuses. */
const ATTEMPTS = 3;

export class ChunkReader implements ChunkSource<LogPlace, CapturedTable>, Disposable {
  readonly #options: ChunkReaderOptions;
  #socket: ServerSocket | undefined;

  constructor(options: ChunkReaderOptions) {
    this.#options = options;
  }

  async read(wanted: IncrementalTable, signal: AbortSignal): Promise<Chunk<LogPlace, CapturedTable> | Unreadable> {
    for (let attempt = 1; ; attempt += 1) {
      const part = await this.#partOf(wanted);
      if (typeof part === 'string') return { kind: 'unreadable', status: part };
      try {
        this.#socket ??= await open(this.#options.config, signal);
        return await this.#rows(this.#socket, part, signal);
      } catch (error) {
        // Whatever it was doing is not to be gone on with.
        this[Symbol.dispose]();
        // The server refuses to read a table that was altered after the catalog was asked: the new shape is there next time.
        if (attempt === ATTEMPTS || hasReaction(error, 'retry')) throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
  }

  async #partOf(wanted: IncrementalTable): Promise<ChunkPart | Unreadable['status']> {
    const name = await this.#named(wanted.path);
    const table = name === undefined ? undefined : await this.#options.schemas.reread(name);
    if (table === undefined) return 'UNKNOWN_SCHEMA';
    const key = wanted.surrogateKey === null ? table.key : [wanted.surrogateKey];
    const range = KeyRange.of(table, { key, filter: wanted.condition });
    return range.hasPieces ? { wanted, table, range, key } : 'NO_PRIMARY_KEY';
  }

  async #named(path: string): Promise<TableName | undefined> {
    const { query, schemas } = this.#options;
    return (await listTables(query)).find((name) => pathOf(name) === path && schemas.isCaptured(name));
  }

  async #rows(socket: ServerSocket, part: ChunkPart, signal: AbortSignal): Promise<Chunk<LogPlace, CapturedTable> | Unreadable> {
    const { wanted, table, range, key } = part;
    const size = this.#options.config['incremental.snapshot.chunk.size'];
    // The first read takes the transaction's view.
    const maxKey = wanted.maxKey ?? (await keyOf(socket, range, range.lastKeyQuery(), signal));
    const end = maxKey === null ? null : await keyOf(socket, range, range.boundQuery(wanted.lastKey, size, maxKey), signal);
    const readAt = await this.#options.logEnd();
    const rows = maxKey === null ? [] : await rowsOf(socket, table, range.rowsQuery(wanted.lastKey, end ?? maxKey), signal);
    await runStatement(socket, 'COMMIT', DOING, signal);
    if (maxKey === null) return { kind: 'unreadable', status: 'EMPTY' };
    const recordKey = table.envelope.table.key;
    return { kind: 'rows', table, rows, identity: recordKey.length > 0 ? recordKey : key, readAt, lastKey: end, maxKey };
  }
}

interface ChunkPart {
  readonly wanted: IncrementalTable;
  readonly table: CapturedTable;
  readonly range: KeyRange;
  readonly key: readonly string[];
}

const open = async (config: MysqlConfig, signal: AbortSignal): Promise<ServerSocket> => {
  const connection = await openConnection(config, signal);
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY', [], DOING);
    await connection.query('SET SESSION wait_timeout = 86400, autocommit = 0', [], DOING);
    return connection.takeSocket();
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
};

const keyOf = async (socket: ServerSocket, range: KeyRange, sql: string, signal: AbortSignal): Promise<KeyTexts | null> => {
  const rows = await ResultRows.open(socket, sql, DOING, signal);
  let key: KeyTexts | null = null;
  while (await rows.next(signal)) key = readTexts(rows.cursor, range.width);
  return key;
};

const rowsOf = async (socket: ServerSocket, table: CapturedTable, sql: string, signal: AbortSignal): Promise<readonly Row[]> => {
  const reader = new ResultTable(table);
  const found = await ResultRows.open(socket, sql, DOING, signal);
  const rows: Row[] = [];
  while (await found.next(signal)) rows.push(reader.readRow(found.cursor));
  return rows;
};
