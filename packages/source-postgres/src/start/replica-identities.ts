/**
 * `replica.identity.autoset.values`: `schema.table:FULL,schema.other:INDEX other_key`, tables as expressions. What the captured
 * tables' old rows hold in the log is set by ALTER TABLE before the stream is opened; who may not alter a table fails.
 */
import type { Client } from 'pg';
import { publishedTables, type TableRow } from '../catalog.ts';
import { query, quoteName } from '../wire/connection.ts';
import { identityRules } from './identity-rules.ts';
import type { CaptureSettings } from './capture-settings.ts';

/** As pg_class.relreplident has them. */
const codes: Readonly<Record<string, string>> = { DEFAULT: 'd', FULL: 'f', NOTHING: 'n' };

/** Gives the captured tables the replica identities that are asked for. */
export const setIdentities = async (client: Client, { config, context, isCaptured }: CaptureSettings): Promise<void> => {
  const rules = identityRules(config['replica.identity.autoset.values'] ?? '');
  if (rules.length === 0) return;
  for (const table of await publishedTables(client, config['publication.name'])) {
    const path = `${table.schema}.${table.name}`;
    const rule = isCaptured(table.schema, table.name) ? rules.find(({ matches }) => matches(path)) : undefined;
    if (rule === undefined || (await hasIdentity(client, table, rule.identity))) continue;
    const identity = rule.identity in codes ? rule.identity : `USING INDEX ${quoteName(rule.identity)}`;
    await query(client, `ALTER TABLE ${quoteName(table.schema)}.${quoteName(table.name)} REPLICA IDENTITY ${identity}`);
    context.log.info('The replica identity of a table was set.', { table: path, identity });
  }
};

const hasIdentity = async (client: Client, table: TableRow, identity: string): Promise<boolean> => {
  const code = codes[identity];
  if (code !== undefined) return table.identity === code;
  const [index] = await query<{ readonly name: string }>(
    client,
    'SELECT c.relname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1 AND i.indisreplident',
    [table.id],
  );
  return index?.name === identity;
};
