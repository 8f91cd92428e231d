import { primitive } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents, type Row } from './support/records.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';
import { startTask } from './support/tasks.ts';

const int = primitive('int32');
const text = primitive('string', { isOptional: true });

describe.each([...everyTarget, withoutObjects])('options of the sink in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table);

  /** What a table holds after rows were created under a configuration. */
  const written = async (
    topic: string,
    config: RawConfig,
    rows: readonly Row[],
    table = topic,
  ): Promise<Record<string, string | null>[]> => {
    const columns = [['id', int] as const, ['note', text] as const, ['Extra', text] as const];
    const events = new TableEvents({ topic, key: ['id'], columns });
    await using task = await startTask(target, { topics: [topic], config });
    await task.put(...rows.map((row) => events.create(row)));
    expect(task.reported).toEqual([]);
    return await content(table);
  };

  const row = { id: 1, note: 'a', Extra: 'b' };

  test('field.include.list writes the fields it matches, and the key', async () => {
    expect(await written('included', { 'field.include.list': 'included:no.*' }, [row])).toEqual([{ id: '1', note: 'a' }]);
  });

  test('field.exclude.list leaves out the fields it matches', async () => {
    expect(await written('excluded', { 'field.exclude.list': 'note,other:Extra' }, [row])).toEqual([{ id: '1', Extra: 'b' }]);
  });

  test('primary.key.mode=record_value takes the key from primary.key.fields of the row', async () => {
    const config = { 'primary.key.mode': 'record_value', 'primary.key.fields': 'note', 'delete.enabled': 'false' };
    const rows = [row, { ...row, id: 2, Extra: 'c' }];
    expect(await written('by_value', config, rows)).toEqual([{ note: 'a', id: '2', Extra: 'c' }]);
  });

  test('primary.key.mode=kafka keeps one row for each record', async () => {
    const rows = await written('by_place', { 'primary.key.mode': 'kafka', 'delete.enabled': 'false' }, [row, row]);
    expect(rows.map((found) => [found['__connect_topic'], found['__connect_partition'], found['__connect_offset'], found['id']])).toEqual([
      ['by_place', '0', '0', '1'],
      ['by_place', '0', '1', '1'],
    ]);
  });

  test('insert.mode=insert refuses a second row of a key, and update writes none that is not there', async () => {
    const events = new TableEvents({
      topic: 'modes',
      key: ['id'],
      columns: [
        ['id', int],
        ['note', text],
      ],
    });
    await using inserting = await startTask(target, { topics: ['modes'], config: { 'insert.mode': 'insert' } });
    await inserting.put(events.create({ id: 1, note: 'a' }), events.create({ id: 1, note: 'b' }));
    expect(inserting.reported.map(({ record }) => record.offset)).toEqual([1n]);
    await using updating = await startTask(target, {
      topics: ['modes'],
      config: { 'insert.mode': 'update' },
      epoch: { incarnation: 1, revision: 20n },
    });
    await updating.put(events.create({ id: 1, note: 'c' }), events.create({ id: 2, note: 'd' }));
    expect(await content('modes')).toEqual([{ id: '1', note: 'c' }]);
  });

  test('collection.name.format and collection.naming.strategy name the table', async () => {
    expect(await written('shop.formatted', { 'collection.name.format': 'copy_${topic}' }, [row], 'copy_shop_formatted')).toHaveLength(1);
    expect(await written('sourced', { 'collection.name.format': '${source.db}_${source.table}' }, [row], 'shop_sourced')).toHaveLength(1);
    const passing = { 'collection.naming.strategy': 'io.debezium.sink.naming.PassthroughCollectionNamingStrategy' };
    expect(await written('shop.passed', passing, [row], 'shop.passed')).toHaveLength(1);
  });

  test('quote.identifiers=false stores names as the database would fold them', async () => {
    const [found] = await written('Folded', { 'quote.identifiers': 'false' }, [row], target.name === 'postgres' ? 'folded' : 'Folded');
    expect(Object.keys(found ?? {})).toContain(target.name === 'postgres' ? 'extra' : 'Extra');
  });

  test('delete.enabled=false and truncate.enabled=false leave rows alone', async () => {
    const events = new TableEvents({ topic: 'kept', key: ['id'], columns: [['id', int]] });
    const config = { 'delete.enabled': 'false', 'truncate.enabled': 'false' };
    await using task = await startTask(target, { topics: ['kept'], config });
    await task.put(events.create({ id: 1 }), events.delete({ id: 1 }), events.tombstone({ id: 1 }), events.truncate());
    expect(await content('kept')).toEqual([{ id: '1' }]);
  });

  test('batch.max.bytes and batch.target.ms bound what one transaction holds', async () => {
    const notes = Array.from({ length: 12 }, (__, id): Row => ({ id, note: 'n'.repeat(100) }));
    /** Transactions that wrote the rows, by the number of the transaction that each row carries in PostgreSQL. */
    const transactions = async (topic: string, config: RawConfig): Promise<number> => {
      await written(topic, config, notes);
      const [row] = await target.rows(`SELECT count(DISTINCT xmin::text) AS n FROM ${topic}`);
      return Number(row?.['n']);
    };
    // Records that come encoded come in two parts here.
    if (target.name !== 'postgres' || target.isRead) {
      expect(await written('bounded', { 'batch.max.bytes': '400', 'batch.target.ms': '1' }, notes)).toHaveLength(12);
      return;
    }
    expect(await transactions('unbounded', {})).toBe(1);
    expect(await transactions('by_bytes', { 'batch.max.bytes': '400' })).toBe(3);
    // The first transaction waits for the row that it creates a lock on: a trigger that takes its time.
    await target.rows(`CREATE TABLE by_time (id int PRIMARY KEY, note text, "Extra" text)`);
    await target.rows(`CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END'`);
    await target.rows('CREATE TRIGGER nap AFTER INSERT ON by_time FOR EACH STATEMENT EXECUTE FUNCTION nap()');
    expect(await transactions('by_time', { 'batch.size': '6', 'batch.target.ms': '1' })).toBeGreaterThan(2);
  });

  test('positions.table names the table of offsets', async () => {
    await written('placed', { 'positions.table': 'own_positions' }, [row]);
    const [found] = await content('own_positions');
    expect(found?.['topic']).toBe('placed');
  });

  test('unavailable.value.placeholder marks a value that stays as it is', async () => {
    const events = new TableEvents({
      topic: 'unsent',
      key: ['id'],
      columns: [
        ['id', int],
        ['note', text],
      ],
    });
    await using task = await startTask(target, { topics: ['unsent'], config: { 'unavailable.value.placeholder': '<same>' } });
    await task.put(events.create({ id: 1, note: 'long' }), events.update({ id: 1, note: '<same>' }));
    await task.put(events.update({ id: 1, note: '<same>' }));
    expect(await content('unsent')).toEqual([{ id: '1', note: 'long' }]);
  });
});
