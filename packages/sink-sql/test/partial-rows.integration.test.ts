import { primitive } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';

const UNSENT = '__debezium_unavailable_value';
const int = primitive('int32');

describe.each([...everyTarget, withoutObjects])('rows sent in part, and unique values besides the key, in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const documents = (topic: string): TableEvents =>
    new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', int],
        ['body', primitive('string')],
        ['version', int],
      ],
    });

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table, 'id');

  test('a large value that was not sent stays as it is, though its column must not be null', async () => {
    const events = documents('kept');
    await using task = await startTask(target, { topics: ['kept'] });
    await task.put(events.create({ id: 1, body: 'one', version: 1 }), events.create({ id: 2, body: 'two', version: 1 }));
    await task.put(events.update({ id: 1, body: UNSENT, version: 2 }), events.update({ id: 2, body: 'new', version: 2 }));
    await task.put(events.create({ id: 3, body: 'three', version: 1 }), events.update({ id: 3, body: UNSENT, version: 3 }));
    expect(await content('kept')).toEqual([
      { id: '1', body: 'one', version: '2' },
      { id: '2', body: 'new', version: '2' },
      { id: '3', body: 'three', version: '3' },
    ]);
    expect(task.reported).toEqual([]);
  });

  test('an update of a row that is not there is reported, not written with a hole', async () => {
    const events = documents('hole');
    await using task = await startTask(target, { topics: ['hole'] });
    await task.put(events.create({ id: 1, body: 'one', version: 1 }), events.update({ id: 9, body: UNSENT, version: 2 }));
    expect(await content('hole')).toEqual([{ id: '1', body: 'one', version: '1' }]);
    expect(task.reported.map(({ error }) => hasCode(error, 'sql.row_refused'))).toEqual([true]);
  });

  test('a unique value may pass from row to row within a batch, and a collision never overwrites another row', async () => {
    await target.rows('CREATE TABLE places (id int NOT NULL PRIMARY KEY, seat int UNIQUE)');
    const events = new TableEvents({
      topic: 'places',
      key: ['id'],
      columns: [
        ['id', int],
        ['seat', primitive('int32', { isOptional: true })],
      ],
    });
    await using task = await startTask(target, { topics: ['places'] });
    await task.put(events.create({ id: 1, seat: 10 }));
    await task.put(events.update({ id: 1, seat: 11 }), events.create({ id: 2, seat: 10 }), events.update({ id: 1, seat: 12 }));
    expect(task.reported).toEqual([]);
    await task.put(events.create({ id: 3, seat: 10 }));
    expect(task.reported).toHaveLength(1);
    expect(await content('places')).toEqual([
      { id: '1', seat: '12' },
      { id: '2', seat: '10' },
    ]);
  });
});
