import { cutPiece, type KeyTexts, type SnapshotPiece, type SnapshotPieces } from '@headrace/cdc';
import type { Client } from 'pg';
import { query, quoteName } from '../wire/connection.ts';
import { keyList, rowSource, type SnapshotTable } from './snapshot-table.ts';

/** A table smaller than this is looked at as a whole; of a larger one, about so much. */
const SAMPLE_BYTES = 33_554_432;
/** A range of fewer sampled rows is not worth a query of its own. */
const MIN_SAMPLED_ROWS = 50;

/**
 * Cuts a table into ranges of about the same number of rows, at keys of a sample of its pages. The keys need not exist at
 * the snapshot's place: ranges between any keys cover the table.
 */
export const cutTable = async (client: Client, entry: SnapshotTable, piece: SnapshotPiece, parts: number): Promise<SnapshotPieces> => {
  if (parts < 2 || entry.pageKey.length === 0 || entry.override !== null || piece.after !== null || piece.until !== null) return [piece];
  const table = `${quoteName(entry.table.schema)}.${quoteName(entry.table.name)}`;
  const [size] = await query<{ readonly bytes: number }>(
    client,
    'SELECT coalesce(sum(pg_table_size(relid)), pg_table_size($1::regclass), 0)::float8 AS bytes FROM pg_partition_tree($1::regclass) WHERE isleaf',
    [table],
  );
  const percent = Math.min(100, (100 * SAMPLE_BYTES) / Math.max(size?.bytes ?? 0, 1));
  const sample = `SELECT ${keyList(entry.pageKey)} FROM ${rowSource(entry)} TABLESAMPLE SYSTEM (${percent.toFixed(6)})`;
  const place = 'row_number() OVER (ORDER BY ' + keyList(entry.pageKey) + ') AS headrace_place, count(*) OVER () AS headrace_count';
  const texts = entry.pageKey.map((name) => `${quoteName(name)}::text`).join(', ');
  const step = `greatest(headrace_count / ${String(parts)}, ${String(MIN_SAMPLED_ROWS)})`;
  const rows = await query<{ readonly key: KeyTexts }>(
    client,
    `SELECT ARRAY[${texts}] AS key FROM (SELECT *, ${place} FROM (${sample}) AS keys) AS placed
     WHERE headrace_place % ${step} = 0 AND headrace_place + ${step} <= headrace_count ORDER BY headrace_place`,
  );
  return cutPiece(
    piece,
    rows.slice(0, parts - 1).map((row) => row.key),
  );
};
