import type { CaptureFilter } from '@headrace/cdc';
import type { PostgresConfig } from '../config.ts';

/** Whether a table passes the include and exclude lists. */
export type TableFilter = (schema: string, name: string) => boolean;

const systemSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);
/** What extensions bring, in whatever schema: thousands of coordinate systems with PostGIS. */
const systemTables: ReadonlySet<string> = new Set(['spatial_ref_sys']);

export const tableFilter = (config: PostgresConfig, filter: CaptureFilter, schemas: (schema: string) => boolean): TableFilter => {
  const ignoresSystem = config['table.ignore.builtin'];
  const isIgnored = (schema: string, name: string): boolean => ignoresSystem && (systemSchemas.has(schema) || systemTables.has(name));
  return (schema, name) => !isIgnored(schema, name) && schemas(schema) && filter.isTableIncluded(`${schema}.${name}`);
};
