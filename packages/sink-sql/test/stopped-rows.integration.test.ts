import { primitive } from '@headrace/connector-api';
import { hasCode, type RawConfig } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents } from './support/records.ts';
import { startTask, type TestTask } from './support/tasks.ts';
import { contentOf, everyTarget, type TargetDatabase } from './support/targets.ts';

const int = primitive('int32');

describe.each(everyTarget)('refused.row.stops in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const eventsOf = (topic: string): TableEvents =>
    new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', int],
        ['amount', int],
      ],
    });

  /** Rows with an amount below 0 are refused. */
  const start = async (topic: string, config: RawConfig, revision: bigint): Promise<TestTask> => {
    if (revision === 10n) await target.rows(`CREATE TABLE ${topic} (id int PRIMARY KEY, amount int CHECK (amount >= 0))`);
    return startTask(target, {
      topics: [topic],
      connector: topic,
      config: { 'errors.tolerance': 'all', ...config },
      epoch: { incarnation: 1, revision },
    });
  };

  const offsets = ({ reported }: TestTask): readonly number[] => reported.map(({ record }) => Number(record.offset));

  test('what comes later for the key of a refused row, or for its table, is held back until it is released', async () => {
    for (const [unit, held, rows] of [
      ['key', [1, 3], ['1', '3']],
      ['table', [1, 2, 3], ['1']],
    ] as const) {
      const topic = `stops_${unit}`;
      const events = eventsOf(topic);
      await using task = await start(topic, { 'refused.row.stops': unit }, 10n);
      await task.put(events.create({ id: 1, amount: 1 }), events.create({ id: 2, amount: -1 }), events.create({ id: 3, amount: 3 }));
      await task.put(events.update({ id: 2, amount: 2 }));
      expect(offsets(task)).toEqual(held);
      expect(hasCode(task.reported.at(-1)?.error, 'sql.held_back')).toBe(true);
      expect((await contentOf(target, topic)).map(({ id }) => id)).toEqual(rows);
      const [line] = await target.rows(`SELECT * FROM headrace_positions_stopped WHERE connector = '${topic}'`);
      expect(line).toMatchObject({ topic, record_offset: '1' });
      if (unit === 'key') expect(line?.['row_key']).toBe('2');

      await using successor = await start(topic, { 'refused.row.stops': unit }, 11n);
      await successor.put(events.update({ id: 2, amount: 4 }));
      expect(offsets(successor)).toEqual([4]);
      await target.rows(`DELETE FROM headrace_positions_stopped WHERE connector = '${topic}'`);
      await using released = await start(topic, { 'refused.row.stops': unit }, 12n);
      await released.put(events.update({ id: 2, amount: 5 }));
      expect(released.reported).toEqual([]);
      expect(await contentOf(target, topic)).toContainEqual({ id: '2', amount: '5' });
    }
  });

  test('row lets later changes of the key pass', async () => {
    const events = eventsOf('stops_row');
    await using task = await start('stops_row', {}, 10n);
    await task.put(events.create({ id: 2, amount: -1 }));
    await task.put(events.update({ id: 2, amount: 2 }));
    expect(offsets(task)).toEqual([0]);
    expect(await contentOf(target, 'stops_row')).toEqual([{ id: '2', amount: '2' }]);
  });

  test('a value that no column can hold stops its key as well', async () => {
    const events = new TableEvents({
      topic: 'stops_values',
      key: ['id'],
      columns: [
        ['id', int],
        ['amount', primitive('bytes', { isOptional: true })],
      ],
    });
    await target.rows(`CREATE TABLE stops_values (id int PRIMARY KEY, amount ${target.name === 'postgres' ? 'bytea' : 'blob'})`);
    await using task = await startTask(target, {
      topics: ['stops_values'],
      config: { 'errors.tolerance': 'all', 'refused.row.stops': 'key' },
    });
    await task.put(events.create({ id: 1, amount: null }), events.create({ id: 2, amount: null }));
    await task.put(events.update({ id: 1, amount: 5 }), events.delete({ id: 1 }), events.delete({ id: 2 }));
    expect(task.reported.map(({ error }) => error.code)).toEqual(['sql.value_unrepresentable', 'sql.held_back']);
    expect((await contentOf(target, 'stops_values')).map(({ id }) => id)).toEqual(['1']);
  });
});
