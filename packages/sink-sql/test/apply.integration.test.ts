import { primitive } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents } from './support/records.ts';
import { contentOf, everyTarget, mariadbWithoutObjects, withoutObjects, type TargetDatabase } from './support/targets.ts';
import { startTask } from './support/tasks.ts';

const int = primitive('int32');
const text = primitive('string', { isOptional: true });

describe.each([...everyTarget, withoutObjects, mariadbWithoutObjects])('rows in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const orders = (topic: string): TableEvents =>
    new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', int],
        ['note', text],
      ],
    });

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table);

  test('a table is created from the first event, and inserts, updates and deletes are applied', async () => {
    const events = orders('shop.public.orders');
    await using task = await startTask(target, { topics: ['shop.public.orders'] });
    await task.put(
      events.create({ id: 1, note: 'a' }),
      events.create({ id: 2, note: 'b' }),
      events.create({ id: 3, note: null }),
      events.update({ id: 1, note: `it's "new" \\ ü 😀` }),
      events.delete({ id: 2 }),
      events.tombstone({ id: 2 }),
    );
    expect(await content('shop_public_orders')).toEqual([
      { id: '1', note: `it's "new" \\ ü 😀` },
      { id: '3', note: null },
    ]);
    expect(task.reported).toEqual([]);
  });

  test('a row deleted and inserted again in one batch is there', async () => {
    const events = orders('again');
    await using task = await startTask(target, { topics: ['again'] });
    await task.put(events.create({ id: 1, note: 'a' }), events.delete({ id: 1 }), events.create({ id: 1, note: 'b' }));
    expect(await content('again')).toEqual([{ id: '1', note: 'b' }]);
  });

  test('flat rows and tombstones are applied like change events', async () => {
    const events = orders('flat');
    await using task = await startTask(target, { topics: ['flat'] });
    await task.put(events.flat({ id: 1, note: 'a' }), events.flat({ id: 2, note: 'b' }), events.tombstone({ id: 1 }));
    expect(await content('flat')).toEqual([{ id: '2', note: 'b' }]);
  });

  test('a truncate empties the table between the changes around it', async () => {
    const events = orders('emptied');
    await using task = await startTask(target, { topics: ['emptied'] });
    await task.put(events.create({ id: 1, note: 'a' }), events.truncate(), events.create({ id: 2, note: 'b' }));
    expect(await content('emptied')).toEqual([{ id: '2', note: 'b' }]);
  });

  test('a truncate of a table that is not there changes nothing, and the records behind it are applied', async () => {
    const events = orders('not_yet');
    await using task = await startTask(target, { topics: ['not_yet'] });
    await task.put(events.truncate());
    await task.put(events.truncate(), events.create({ id: 1, note: 'a' }));
    expect(await content('not_yet')).toEqual([{ id: '1', note: 'a' }]);
  });

  test('a new field becomes a column whose default fills the rows that are there', async () => {
    const before = orders('grown');
    await using task = await startTask(target, { topics: ['grown'] });
    await task.put(before.create({ id: 1, note: 'a' }));
    const after = new TableEvents(
      {
        topic: 'grown',
        key: ['id'],
        columns: [
          ['id', int],
          ['note', text],
          ['count', primitive('int32', { defaultValue: 5 })],
        ],
      },
      before.nextOffset,
    );
    await task.put(after.create({ id: 2, note: 'b', count: 7 }));
    expect(await content('grown')).toEqual([
      { id: '1', note: 'a', count: '5' },
      { id: '2', note: 'b', count: '7' },
    ]);
  });

  test('a required column that the source dropped does not stop new rows', async () => {
    const before = new TableEvents({
      topic: 'shrunk',
      key: ['id'],
      columns: [
        ['id', int],
        ['gone', int],
      ],
    });
    await using task = await startTask(target, { topics: ['shrunk'] });
    await task.put(before.create({ id: 1, gone: 4 }));
    const after = new TableEvents({ topic: 'shrunk', key: ['id'], columns: [['id', int]] }, before.nextOffset);
    await task.put(after.create({ id: 2 }));
    expect(await content('shrunk')).toEqual([
      { id: '1', gone: '4' },
      { id: '2', gone: null },
    ]);
  });
});
