import { captureFilter } from '@headrace/cdc';
import type { CaptureSetup } from '../capture-setup.ts';
import type { MysqlConfig } from '../config.ts';
import { pathOf, type CapturedTable } from '../tables/captured-table.ts';
import { estimatedRows, listTables, type RunQuery, type TableName } from '../tables/catalog.ts';

/**
 * The tables a snapshot reads, in its order. To be looked up after the consistent point only: what is altered after that, the
 * server refuses to read.
 */
export const snapshotTables = async (
  config: MysqlConfig,
  { schemas, query }: Pick<CaptureSetup, 'schemas' | 'query'>,
): Promise<readonly CapturedTable[]> => {
  const filter = captureFilter(config);
  const names = (await listTables(query)).filter((name) => schemas.isCaptured(name) && filter.isInSnapshot(pathOf(name)));
  const tables: CapturedTable[] = [];
  for (const name of await inOrder(names, config, query)) {
    const table = await schemas.forSnapshot(name);
    if (table !== undefined) tables.push(table);
  }
  return tables;
};

/** By database and name, as they come, or by the server's estimate of their rows. */
const inOrder = async (names: readonly TableName[], config: MysqlConfig, query: RunQuery): Promise<readonly TableName[]> => {
  const order = config['snapshot.tables.order.by.row.count'].toLowerCase();
  if (order === 'disabled') return names;
  const rows = await estimatedRows(query, new Map(names.map((name) => [pathOf(name), null])));
  const rowsOf = (name: TableName): number => rows[pathOf(name)] ?? 0;
  const sign = order === 'ascending' ? 1 : -1;
  return names.toSorted((left, right) => sign * (rowsOf(left) - rowsOf(right)));
};
