import { TaskFailure } from '@headrace/foundation';
import type { Client } from 'pg';
import { publishedTables } from '../catalog.ts';
import type { PostgresConfig } from '../config.ts';
import { errors } from '../errors.ts';
import type { TableFilter } from '../tables/table-filter.ts';
import { query, quoteName, quoteText } from '../wire/connection.ts';
import type { CaptureSettings } from './capture-settings.ts';

export interface NamedTable {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
}

/** Ordinary tables and partitioned roots that a publication can hold. */
const CANDIDATES = `
  SELECT c.oid::int8::float8 AS id, n.nspname::text AS schema, c.relname::text AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'r' OR c.relkind = 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
  ORDER BY 2, 3`;

/**
 * Makes sure that the publication exists, as publication.autocreate.mode says. It must exist before the slot: changes are
 * decoded under the catalog of their time, which has to know the publication.
 */
export const ensurePublication = async (client: Client, config: PostgresConfig, filter: TableFilter): Promise<void> => {
  const name = config['publication.name'];
  const mode = config['publication.autocreate.mode'].toLowerCase();
  const [existing] = await query<{ readonly all: boolean }>(client, 'SELECT puballtables AS all FROM pg_publication WHERE pubname = $1', [
    name,
  ]);
  const options = creationOptions(config);
  if (existing === undefined && mode === 'disabled') {
    throw new TaskFailure(errors.publication_missing.code, `Publication "${name}" does not exist. ${errors.publication_missing.hint}`);
  }
  if (mode === 'no_tables') {
    if (existing === undefined) await query(client, `CREATE PUBLICATION ${quoteName(name)}${options}`);
  } else if (mode === 'filtered' && existing?.all !== true) {
    const tables = (await query<NamedTable>(client, CANDIDATES)).filter((table) => filter(table.schema, table.name));
    if (tables.length === 0) throw noTables(name);
    const list = tables.map((table) => `${quoteName(table.schema)}.${quoteName(table.name)}`).join(', ');
    if (existing === undefined) await query(client, `CREATE PUBLICATION ${quoteName(name)} FOR TABLE ${list}${options}`);
    else await query(client, `ALTER PUBLICATION ${quoteName(name)} SET TABLE ${list}`);
  } else if (existing === undefined) {
    await query(client, `CREATE PUBLICATION ${quoteName(name)} FOR ALL TABLES${options}`);
  }
};

/**
 * Adds a table to the publication and waits until every transaction that may have changed it before is over: their changes
 * are not published, so that only rows read from then on are sure to be followed by all changes.
 */
export const addToPublication = async (
  client: Client,
  publication: string,
  table: NamedTable,
  pause: () => Promise<void>,
): Promise<void> => {
  await query(client, `ALTER PUBLICATION ${quoteName(publication)} ADD TABLE ${quoteName(table.schema)}.${quoteName(table.name)}`);
  const [now] = await query<{ readonly xmax: string }>(client, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax');
  for (;;) {
    const [state] = await query<{ readonly over: boolean }>(client, 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS over', [
      now?.xmax,
    ]);
    if (state?.over === true) return;
    await pause();
  }
};

/** All tables a publication could hold. */
export const publishableTables = (client: Client): Promise<readonly NamedTable[]> => query<NamedTable>(client, CANDIDATES);

/** Operations that are skipped need not reach the log; of a publication made by us they do not. */
const creationOptions = (config: PostgresConfig): string => {
  const skipped = new Set(config['skipped.operations'].split(',').map((item) => item.trim()));
  const operations = Object.entries({ c: 'insert', u: 'update', d: 'delete', t: 'truncate' }).filter(([code]) => !skipped.has(code));
  const parameters = [
    ...(config['publish.via.partition.root'] ? ['publish_via_partition_root = true'] : []),
    // The default of skipped.operations leaves the publication as it is: others may want its truncates.
    ...(config['skipped.operations'] === 't' ? [] : [`publish = ${quoteText(operations.map(([, name]) => name).join(', '))}`]),
  ];
  return parameters.length === 0 ? '' : ` WITH (${parameters.join(', ')})`;
};

/** Tables that pass the filters and are not published would be missing without a word: they are named in the log. */
export const warnUnpublished = async (client: Client, { config, context, isCaptured }: CaptureSettings): Promise<void> => {
  const name = config['publication.name'];
  const published = new Set((await publishedTables(client, name)).map((table) => `${table.schema}.${table.name}`));
  const partitioned = await query<NamedTable>(client, CANDIDATES);
  const missing = partitioned
    .filter((table) => isCaptured(table.schema, table.name))
    .map((table) => `${table.schema}.${table.name}`)
    .filter((path) => !published.has(path));
  if (missing.length > 0) {
    context.log.warn('Tables pass the filters but are not in the publication: their changes are not captured.', {
      publication: name,
      tables: missing.slice(0, 20).join(', '),
      count: missing.length,
    });
  }
};

export const noTables = (publication: string): TaskFailure =>
  new TaskFailure(errors.no_tables.code, `Publication "${publication}" holds no table that passes the filters. ${errors.no_tables.hint}`);
