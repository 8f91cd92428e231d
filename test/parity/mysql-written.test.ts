import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startMysql } from '../support/stack.ts';
import { mysqlChapters, mysqlEventTables, mysqlFirstRows } from './corpus/mysql-events.ts';
import { insertMysqlRows, mysqlTables } from './corpus/mysql-types.ts';
import { createTable } from './corpus/typed-table.ts';
import { mysqlConfigurations } from './mysql-configurations.ts';
import { openMysqlStage, type Family } from './mysql-stage.ts';
import { ParityRun, type Corpus, type Played } from './parity-run.ts';

const only = process.env['PARITY_ONLY']?.split(',');
const names = Object.keys(mysqlConfigurations).filter((name) => only?.includes(name) ?? true);

const corpusOf = (family: Family): Corpus => ({
  setUp: [...mysqlTables[family].map(createTable), ...mysqlEventTables],
  firstRows: [...mysqlTables[family].flatMap((table) => insertMysqlRows(table, 0)), ...mysqlFirstRows],
  chapters: [
    {
      title: 'every type',
      statements: mysqlTables[family].flatMap((table) => [
        ...insertMysqlRows(table, 100),
        `UPDATE ${table.name} SET id = id + 100 WHERE id = 101`,
        `DELETE FROM ${table.name} WHERE id = 100`,
      ]),
    },
    ...mysqlChapters,
  ],
});

const families: readonly Family[] = (await startMysql()) ? ['mariadb', 'mysql'] : ['mariadb'];

describe.each(families)('what Debezium tells of the written corpus on %s, ours tells', (family) => {
  const owned = new AsyncDisposableStack();
  let played: Played;

  beforeAll(async () => {
    const run = owned.use(await ParityRun.start());
    const chosen = names.map((name) => [name, mysqlConfigurations[name] ?? {}] as const);
    played = owned.use(await run.play(corpusOf(family), Object.fromEntries(chosen), (name) => openMysqlStage(run.servers, family, name)));
  }, 600_000);

  afterAll(async () => {
    await owned.disposeAsync();
  }, 90_000);

  test.each(names)('under %s', async (name) => {
    expect((await played.differences(name)).slice(0, 5)).toEqual([]);
  });
});
