/**
 * `replica.identity.autoset.values`: `schema.table:FULL,schema.other:INDEX other_key`, tables as expressions. What the captured
 * tables' old rows hold in the log is set by ALTER TABLE before the stream is opened; who may not alter a table fails.
 */
import { checkPatternList, patternList, type Matcher } from '@headrace/cdc';
import type { Client } from 'pg';
import { publishedTables, type TableRow } from '../catalog.ts';
import { query, quoteName } from '../wire/connection.ts';
import type { CaptureSettings } from './capture-settings.ts';

interface IdentityRule {
  readonly matches: Matcher;
  /** DEFAULT, FULL, NOTHING, or an index. */
  readonly identity: string;
}

const ITEM = /^(.+):\s*(DEFAULT|FULL|NOTHING|INDEX\s+(\S+))$/i;
const codes: Readonly<Record<string, string>> = { DEFAULT: 'd', FULL: 'f', NOTHING: 'n' };

const itemsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Validator of the option. */
export const checkIdentities = (text: string): string | undefined => {
  for (const item of itemsOf(text)) {
    const [, tables] = ITEM.exec(item) ?? [];
    if (tables === undefined) return `"${item}" is not TABLE:IDENTITY with DEFAULT, FULL, NOTHING or INDEX name`;
    const broken = checkPatternList(tables);
    if (broken !== undefined) return broken;
  }
  return undefined;
};

const rulesOf = (text: string): readonly IdentityRule[] =>
  itemsOf(text).flatMap((item) => {
    const [, tables, identity, index] = ITEM.exec(item) ?? [];
    return tables === undefined || identity === undefined
      ? []
      : [{ matches: patternList(tables), identity: index ?? identity.toUpperCase() }];
  });

/** Gives the captured tables the replica identities that are asked for. */
export const setIdentities = async (client: Client, { config, context, isCaptured }: CaptureSettings): Promise<void> => {
  const rules = rulesOf(config['replica.identity.autoset.values'] ?? '');
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
