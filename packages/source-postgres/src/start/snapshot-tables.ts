import type { Client } from 'pg';
import { describeTables, describeTypes, publishedTables, type CatalogTable, type TableRow } from '../catalog.ts';
import type { SnapshotTable } from '../snapshot/snapshot-table.ts';
import type { CaptureSettings } from './capture-settings.ts';
import type { SnapshotState } from './offset.ts';
import { estimatedRows } from './row-estimates.ts';

/** The tables a snapshot reads, in its order. `state`: an unfinished one, or one of chosen tables; null: all that are captured. */
export const snapshotTables = async (
  settings: CaptureSettings,
  client: Client,
  state: SnapshotState | null,
): Promise<readonly SnapshotTable[]> => {
  const wanted = new Set(state?.pieces.map((piece) => piece.table));
  const isWanted = (path: string): boolean => (state === null ? settings.isInSnapshot(path) : wanted.has(path));
  const published = await publishedTables(client, settings.config['publication.name']);
  const captured = published.filter(({ schema, name }) => settings.isCaptured(schema, name) && isWanted(`${schema}.${name}`));
  const selects = new Map([...settings.selects, ...Object.entries(state?.selects ?? {})]);
  return await describeForRead(settings, client, await inOrder(settings, client, captured), selects);
};

/** `selects`: statements that take the place of all rows, by path. */
export const describeForRead = async (
  settings: CaptureSettings,
  client: Client,
  rows: readonly TableRow[],
  selects: ReadonlyMap<string, string>,
): Promise<readonly SnapshotTable[]> => {
  const tables = await describeTables(client, rows);
  const typeIds = new Set(tables.flatMap((table) => table.columns.map((column) => column.typeId)));
  const types = await describeTypes(client, [...typeIds]);
  return tables.map((table) => {
    const version = settings.registry.fromCatalog(table, types);
    const selected = new Set(version.columns.map((column) => column.name));
    const override = selects.get(version.path) ?? null;
    return { table: version, pageKey: pageKey(table, selected), isPartitioned: table.isPartitioned, override };
  });
};

/** By schema and name, as the catalog gives them, or by the server's estimate of their rows. */
const inOrder = async ({ config }: CaptureSettings, client: Client, tables: readonly TableRow[]): Promise<readonly TableRow[]> => {
  const order = config['snapshot.tables.order.by.row.count'].toLowerCase();
  if (order === 'disabled') return tables;
  const size = await estimatedRows(client, tables);
  const sizeOf = ({ schema, name }: TableRow): number => size[`${schema}.${name}`] ?? 0;
  const sign = order === 'ascending' ? 1 : -1;
  return tables.toSorted((a, b) => sign * (sizeOf(a) - sizeOf(b)));
};

/** The first unique key that has no nulls and is selected as a whole. */
const pageKey = (table: CatalogTable, selected: ReadonlySet<string>): readonly string[] => {
  const isRequired = new Map(table.columns.map((column) => [column.name, column.isRequired]));
  return table.keys.find((key) => key.columns.every((name) => selected.has(name) && isRequired.get(name) === true))?.columns ?? [];
};
