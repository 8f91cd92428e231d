import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { sqlConfig } from './config.ts';

const packageRoot = new URL('../', import.meta.url);
const tableFile = new URL('../docs/sink-options.md', packageRoot);

/** Tests are named by a part of their title, and looked up. */
const shownByTest: Readonly<Record<string, string>> = {
  'connection.url': 'names dialect, host, port and database',
  'connection.username': 'a wrong password',
  'connection.password': 'a wrong password',
  'insert.mode': 'insert.mode=insert refuses a second row of a key, and update writes none that is not there',
  'delete.enabled': 'delete.enabled=false and truncate.enabled=false leave rows alone',
  'truncate.enabled': 'delete.enabled=false and truncate.enabled=false leave rows alone',
  'primary.key.mode': 'primary.key.mode=kafka keeps one row for each record',
  'primary.key.fields': 'primary.key.mode=record_value takes the key from primary.key.fields of the row',
  'batch.size': 'never show a reader a broken invariant while sessions are killed and owners change',
  'batch.max.bytes': 'batch.max.bytes and batch.target.ms bound what one transaction holds',
  'batch.target.ms': 'batch.max.bytes and batch.target.ms bound what one transaction holds',
  'schema.evolution': 'a missing table, a missing column, and names that the target cannot hold',
  'schema.evolution.policy': 'follows a dropped column and a changed type as far as the policy goes',
  'collection.name.format': 'collection.name.format and collection.naming.strategy name the table',
  'collection.naming.strategy': 'collection.name.format and collection.naming.strategy name the table',
  'quote.identifiers': 'quote.identifiers=false stores names as the database would fold them',
  'field.include.list': 'field.include.list writes the fields it matches, and the key',
  'field.exclude.list': 'field.exclude.list leaves out the fields it matches',
  'flush.max.retries': 'opens at the start after the attempts and waits of',
  'flush.retry.delay.ms': 'opens at the start after the attempts and waits of',
  'refused.row.stops': 'what comes later for the key of a refused row, or for its table, is held back until it is released',
  'transaction.atomic': 'become visible when their END and all of their changes are there',
  'transaction.parallel': 'independent transactions are applied at least twice as fast by lanes',
  'transaction.max.records': 'are refused where more records wait than may',
  'transaction.wait.ms': 'that stay incomplete fail the task with what is missing',
  'target.retry.timeout.ms': 'fails the task when it stays away longer than target.retry.timeout.ms',
  'target.circuit.failures': 'is left alone by an open circuit, and takes every row once when it is back',
  'target.circuit.open.ms': 'lets one attempt through after a while',
  'positions.table': 'positions.table names the table of offsets',
  'unavailable.value.placeholder': 'unavailable.value.placeholder marks a value that stays as it is',
};

/** Values other than the default are refused: each with one that is. */
const refused: Readonly<Record<string, string>> = {
  'connection.provider': 'com.example.Provider',
  'use.time.zone': 'Europe/Berlin',
  'database.time_zone': 'Europe/Berlin',
  'collection.table.format': '${schema}.${table}',
  'column.naming.strategy': 'com.example.Naming',
  'dialect.postgres.postgis.schema': 'gis',
  'dialect.sqlserver.identity.insert': 'true',
  'cloud.events.schema.name.pattern': '.*',
};

/** Concern how the work is done and not what comes of it. */
const accepted: Readonly<Record<string, string>> = {
  'connection.pool.min_size': 'each task holds one connection',
  'connection.pool.max_size': 'each task holds one connection',
  'connection.pool.timeout': 'each task holds one connection',
  'connection.restart.on.errors': 'a lost connection is always made again',
  'use.reduction.buffer': 'changes of one key in a batch always become one',
  'dialect.postgres.unnest.insert.enabled': 'rows always travel as arrays',
};

const titles = ['src/', 'test/']
  .flatMap((folder) => readdirSync(new URL(folder, packageRoot), { recursive: true, encoding: 'utf8' }).map((file) => folder + file))
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('option-evidence.test.ts'))
  .map((file) => ({ file, text: readFileSync(new URL(file, packageRoot), 'utf8') }));

const evidenceFor = (option: string): string => {
  const title = shownByTest[option];
  if (title !== undefined) {
    const found = titles.find(({ text }) => text.includes(title));
    return found === undefined ? '' : `${found.file}: ${title}`;
  }
  const value = refused[option];
  if (value !== undefined) {
    const { problems } = sqlConfig.parse({ 'connection.url': 'postgres://db/shop', [option]: value });
    return problems.some(({ key }) => key === option) ? 'refused unless it is the default' : '';
  }
  const reason = accepted[option];
  return reason === undefined ? '' : `accepted, changes no outcome: ${reason}`;
};

const evidence = Object.keys(sqlConfig.keys).map((option) => ({ option, shownBy: evidenceFor(option) }));

test('every option of the SQL sink has a test that fails when it has no effect, is refused, or says why it has none', () => {
  expect(evidence.filter(({ shownBy }) => shownBy === '').map(({ option }) => option)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const table = [
    '# Options of the SQL sink, and what shows their effect',
    '',
    'Generated from the definitions and the tests of `packages/sink-sql`. The class name is `io.debezium.connector.jdbc.JdbcSinkConnector`;',
    '`hibernate.*` is refused.',
    '',
    '| option | default | shown by |',
    '| --- | --- | --- |',
    ...evidence.map(({ option, shownBy }) => {
      const definition: object = sqlConfig.keys[option as keyof typeof sqlConfig.keys];
      const byDefault = 'default' in definition && typeof definition.default === 'string' ? definition.default : '';
      return `| \`${option}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${shownBy} |`;
    }),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});
