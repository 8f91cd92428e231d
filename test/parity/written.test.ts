import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configurations, reselecting } from './configurations.ts';
import { eventChapters, eventTables, firstRows, reselectChapters, reselectTables } from './corpus/events.ts';
import { createTable, insertRows } from './corpus/typed-table.ts';
import { typeDefinitions, typedTables } from './corpus/types.ts';
import { ParityRun, type Corpus, type Played } from './parity-run.ts';

/** `PARITY_ONLY=texts,nanos` plays to fewer connectors. */
const only = process.env['PARITY_ONLY']?.split(',');
const names = Object.keys(configurations).filter((name) => only?.includes(name) ?? true);

const corpus: Corpus = {
  setUp: [...typeDefinitions, ...typedTables.map(createTable), ...eventTables],
  firstRows: [...typedTables.flatMap((table) => insertRows(table, 0)), ...firstRows],
  chapters: [
    {
      title: 'every type',
      statements: typedTables.flatMap((table) => [
        ...insertRows(table, 100),
        `UPDATE ${table.name} SET id = id + 100 WHERE id = 101`,
        `DELETE FROM ${table.name} WHERE id = 100`,
      ]),
    },
    ...eventChapters,
  ],
};

describe('what Debezium tells of the written corpus, ours tells as well', () => {
  const owned = new AsyncDisposableStack();
  let run: ParityRun;
  let played: Played;

  beforeAll(async () => {
    run = owned.use(await ParityRun.start());
    played = owned.use(await run.play(corpus, Object.fromEntries(names.map((name) => [name, configurations[name] ?? {}]))));
  }, 400_000);

  afterAll(async () => {
    await owned.disposeAsync();
  }, 90_000);

  test('with values that are read again', async () => {
    await using again = await run.play(
      { setUp: [...typeDefinitions, ...reselectTables], firstRows: [], chapters: reselectChapters },
      reselecting,
    );
    expect((await again.differences('again')).slice(0, 5)).toEqual([]);
  }, 300_000);

  test.each(names)('under %s', async (name) => {
    expect((await played.differences(name)).slice(0, 5)).toEqual([]);
  });
});
