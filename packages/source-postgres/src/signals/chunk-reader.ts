/**
 * Reads one chunk of a table for an incremental snapshot, in a transaction of its own. No marks are written: the place in the
 * log that lies after everything the chunk shows is asked for inside its transaction (`readAt`). Where the log has been read up
 * to there, every change that the chunk contains has been told, and every change after is newer than its rows.
 */
import type { Chunk, ChunkSource, IncrementalTable, KeyTexts, Unreadable } from '@headrace/cdc';
import type { Client } from 'pg';
import { publishedTables, type TableRow } from '../catalog.ts';
import { parseLsn, type Lsn } from '../lsn.ts';
import { keyTexts, rowSource, selectText, type SnapshotTable } from '../snapshot/snapshot-table.ts';
import type { CaptureSettings } from '../start/capture-settings.ts';
import { addToPublication, publishableTables } from '../start/publication.ts';
import { describeForRead } from '../start/snapshot-tables.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { RowBytes } from '../types/row-bytes.ts';
import { query, queryTexts, quoteName } from '../wire/connection.ts';

const PLACE = 'SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text';

export class ChunkReader implements ChunkSource<Lsn, CapturedTable> {
  readonly #settings: CaptureSettings;
  /** For the catalog. */
  readonly #catalog: Client;
  /** For the rows. */
  readonly #client: () => Promise<Client>;

  constructor(settings: CaptureSettings, catalog: Client, client: () => Promise<Client>) {
    this.#settings = settings;
    this.#catalog = catalog;
    this.#client = client;
  }

  async read(table: IncrementalTable, signal: AbortSignal): Promise<Chunk<Lsn, CapturedTable> | Unreadable> {
    const row = await this.#published(table.path, signal);
    if (row === undefined) return { kind: 'unreadable', status: 'UNKNOWN_SCHEMA' };
    const name = `${quoteName(row.schema)}.${quoteName(row.name)}`;
    const client = await this.#client();
    await query(client, 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      // Taken before the snapshot: the table described now is the one that is read.
      await query(client, `LOCK TABLE ${name} IN ACCESS SHARE MODE`);
      const [described] = await describeForRead(this.#settings, this.#catalog, [row], new Map());
      if (described === undefined || described.table.columns.length === 0) return { kind: 'unreadable', status: 'UNKNOWN_SCHEMA' };
      const pageKey = table.surrogateKey === null ? described.pageKey : [table.surrogateKey];
      // Rows told apart by a column that is the same in all of them would be taken for one.
      const isMasked = described.table.columns.some(({ name: column, constant }) => constant !== undefined && pageKey.includes(column));
      if (pageKey.length === 0 || isMasked) return { kind: 'unreadable', status: 'NO_PRIMARY_KEY' };
      return await this.#rows(client, { ...described, pageKey }, table);
    } finally {
      await query(client, 'ROLLBACK');
    }
  }

  async #rows(client: Client, entry: SnapshotTable, table: IncrementalTable): Promise<Chunk<Lsn, CapturedTable> | Unreadable> {
    const [[place] = []] = await queryTexts(client, PLACE);
    const filters = table.condition === null ? [] : [`(${table.condition})`];
    const maxKey = table.maxKey ?? (await maxKeyOf(client, entry, filters));
    if (maxKey === null) return { kind: 'unreadable', status: 'EMPTY' };
    const limit = this.#settings.config['incremental.snapshot.chunk.size'];
    const text = `${selectText(entry, { after: table.lastKey, until: maxKey }, filters)} LIMIT ${String(limit)}`;
    const dataRows = (await queryTexts(client, text)).map(dataRow);
    const bytes = new RowBytes(Buffer.alloc(0));
    const rows = dataRows.map((buffer) => {
      bytes.open(buffer, 0, buffer.length);
      return entry.table.decodeDataRow(bytes, 0);
    });
    const captured = entry.table.nullColumns.size === 0 ? entry.table : this.#settings.registry.relax(entry.table);
    const last = dataRows.at(-1);
    const { key } = captured.envelope.table;
    return {
      kind: 'rows',
      table: captured,
      rows,
      identity: key.length > 0 ? key : entry.pageKey,
      readAt: parseLsn(place ?? ''),
      lastKey: last === undefined || rows.length < limit ? null : keyTexts(last, 0, entry.table, entry.pageKey),
      maxKey,
    };
  }

  /** The table as the publication has it. One that passes the filters is added to a publication of ours. */
  async #published(path: string, signal: AbortSignal): Promise<TableRow | undefined> {
    const { config, context, isCaptured } = this.#settings;
    const name = config['publication.name'];
    const find = async (): Promise<TableRow | undefined> =>
      (await publishedTables(this.#catalog, name)).find((row) => `${row.schema}.${row.name}` === path);
    const found = await find();
    if (found !== undefined || config['publication.autocreate.mode'].toLowerCase() !== 'filtered') return found;
    const table = (await publishableTables(this.#catalog)).find((row) => `${row.schema}.${row.name}` === path);
    if (table === undefined || !isCaptured(table.schema, table.name)) return undefined;
    await addToPublication(this.#catalog, name, table, () => context.clock.sleep(100, signal));
    context.log.info('A table was added to the publication.', { publication: name, table: path });
    return await find();
  }
}

const maxKeyOf = async (client: Client, entry: SnapshotTable, filters: readonly string[]): Promise<KeyTexts | null> => {
  const columns = entry.pageKey.map(quoteName);
  const where = filters.length === 0 ? '' : ` WHERE ${filters.join(' AND ')}`;
  const order = columns.map((column) => `${column} DESC`).join(', ');
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const text = `SELECT ${columns.join(', ')} FROM ${rowSource(entry)}${where === '' ? ' WHERE ' : `${where} AND `}${present} ORDER BY ${order} LIMIT 1`;
  const [row] = await queryTexts(client, text);
  return row === undefined ? null : row.map((value) => value ?? '');
};

/** A row in the form of the wire: count, then length and bytes of each value. */
const dataRow = (values: readonly (string | null)[]): Buffer => {
  const parts: Buffer[] = [Buffer.alloc(2)];
  parts[0]?.writeInt16BE(values.length, 0);
  for (const value of values) {
    const length = Buffer.alloc(4);
    const bytes = value === null ? null : Buffer.from(value, 'utf8');
    length.writeInt32BE(bytes === null ? -1 : bytes.length, 0);
    parts.push(length);
    if (bytes !== null) parts.push(bytes);
  }
  return Buffer.concat(parts);
};
