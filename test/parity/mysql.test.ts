import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startMysql } from '../support/stack.ts';
import { historiesOf } from './corpus/histories.ts';
import { mysqlDialectOf } from './corpus/mysql-dialect.ts';
import { mysqlChapters, mysqlEventTables, mysqlFirstRows } from './corpus/mysql-events.ts';
import { mysqlHandlingModes } from './corpus/mysql-generated-types.ts';
import { insertMysqlRows, mysqlTables } from './corpus/mysql-types.ts';
import { createTable } from './corpus/typed-table.ts';
import { expectParity, seeds, timeoutMs } from './generated-parity.ts';
import { mysqlConfigurations } from './mysql-configurations.ts';
import { openMysqlStage, type Family } from './mysql-stage.ts';
import { ParityRun, type Corpus, type Played } from './parity-run.ts';
import type { OpenStage } from './stage.ts';

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
const numRuns = 1;

describe.each(families)('what Debezium tells of %s, ours tells', (family) => {
  const owned = new AsyncDisposableStack();
  let run: ParityRun;
  let played: Promise<Played> | undefined;

  const openStage: OpenStage = (name) => openMysqlStage(run.servers, family, name);

  beforeAll(async () => {
    run = owned.use(await ParityRun.start());
  }, 400_000);

  afterAll(async () => {
    await owned.disposeAsync();
  }, 90_000);

  /** Played once, to the connectors of every configuration. */
  const written = async (): Promise<Played> => {
    const chosen = names.map((name) => [name, mysqlConfigurations[name] ?? {}] as const);
    played ??= run.play(corpusOf(family), Object.fromEntries(chosen), openStage).then((all) => owned.use(all));
    return played;
  };

  test.each(names)(
    'of the written corpus under %s',
    async (name) => {
      expect((await (await written()).differences(name)).slice(0, 5)).toEqual([]);
    },
    600_000,
  );

  test.each(seeds)(
    'of what happens to tables at random, which leaves the rows that a fresh snapshot shows (seed %i)',
    (seed) => expectParity(run, { corpora: historiesOf(mysqlDialectOf(family)), modes: mysqlHandlingModes, openStage }, { seed, numRuns }),
    timeoutMs(numRuns),
  );
});
