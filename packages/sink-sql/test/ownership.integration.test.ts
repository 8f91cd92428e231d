import { primitive, type OwnershipEpoch, type PositionAlteration, type SinkRecord } from '@headrace/connector-api';
import { hasCode, hasReaction } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sqlSink } from '../src/index.ts';
import { TableEvents } from './support/records.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';
import { configFor, never, startTask, createTask } from './support/tasks.ts';

const older: OwnershipEpoch = { incarnation: 1, revision: 10n };
const newer: OwnershipEpoch = { incarnation: 1, revision: 11n };

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([...everyTarget, withoutObjects])('ownership and redelivery in %s', (_, create) => {
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
        ['id', primitive('int32')],
        ['note', primitive('string', { isOptional: true })],
      ],
    });

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table, 'id');

  const tokenOf = async (topic: string): Promise<string> => {
    const [row] = await target.rows(`SELECT session_token FROM headrace_positions WHERE topic = '${topic}'`);
    return row?.['session_token'] ?? '';
  };

  test('a stale owner cannot write any more, and its successor goes on at the stored offset', async () => {
    const events = eventsOf('fenced');
    await using stale = await startTask(target, { topics: ['fenced'], epoch: older });
    await stale.put(events.create({ id: 1, note: 'a' }));
    await using owner = createTask(target, { topics: ['fenced'], epoch: newer });
    expect(await owner.task.start(never)).toEqual([{ topic: 'fenced', partition: 0, offset: 1n }]);
    const late = events.update({ id: 1, note: 'stale' });
    // Its session was ended; made anew, it finds the newer epoch.
    const first = await rejection(stale.put(late));
    const second = hasReaction(first, 'fenced') ? first : await rejection(stale.put(late));
    expect(hasReaction(second, 'fenced')).toBe(true);
    expect(await content('fenced')).toEqual([{ id: '1', note: 'a' }]);
    await owner.put(events.update({ id: 1, note: 'b' }));
    expect(await content('fenced')).toEqual([{ id: '1', note: 'b' }]);
  });

  const alter = (connector: string, positions: PositionAlteration['positions']): Promise<void> | undefined => {
    const { values } = sqlSink.config.parse(configFor(target));
    return sqlSink.alterPositions?.(values, { clusterId: 'test-cluster', connector, positions }, never);
  };

  test('altered positions win at the next start, and a task thought dead is refused', async () => {
    const events = eventsOf('altered');
    await using stale = await startTask(target, { topics: ['altered'], connector: 'rewound' });
    await stale.put(events.create({ id: 1, note: 'a' }), events.create({ id: 2, note: 'b' }));
    await alter('rewound', [{ topic: 'altered', partition: 0, offset: 1n }]);
    const late = await rejection(stale.put(events.create({ id: 3, note: 'stale' })));
    expect(hasReaction(late, 'fenced')).toBe(true);
    await using owner = createTask(target, { topics: ['altered'], connector: 'rewound', epoch: newer });
    expect(await owner.task.start(never)).toEqual([{ topic: 'altered', partition: 0, offset: 1n }]);
  });

  test('a position set to null is forgotten, the others stay; a reset forgets all of one connector', async () => {
    const topics = ['forgot-a', 'forgot-b'];
    const positions = topics.map((topic) => ({ topic, partition: 0, offset: 7n }));
    await alter('forgetful', positions);
    await alter('other', positions);
    await alter('forgetful', [{ topic: 'forgot-a', partition: 0, offset: null }]);
    const stored = async (connector: string): Promise<unknown> => {
      await using task = createTask(target, { topics, connector, epoch: newer });
      return await task.task.start(never);
    };
    expect(await stored('forgetful')).toEqual([{ topic: 'forgot-b', partition: 0, offset: 7n }]);
    await alter('forgetful', undefined);
    expect(await stored('forgetful')).toEqual([]);
    expect(await stored('other')).toHaveLength(2);
  });

  test('an epoch of an older incarnation is refused at start, whatever its revision', async () => {
    await using owner = await startTask(target, { topics: ['restored'], epoch: { incarnation: 2, revision: 3n } });
    expect(owner.reported).toEqual([]);
    await using stale = createTask(target, { topics: ['restored'], epoch: { incarnation: 1, revision: 900n } });
    expect(hasReaction(await rejection(stale.task.start(never)), 'fenced')).toBe(true);
  });

  test('a task that lost its ownership does not end the session of its successor', async () => {
    const events = eventsOf('lost');
    await using owner = await startTask(target, { topics: ['lost'], epoch: older });
    await using impostor = createTask(target, { topics: ['lost'], epoch: newer, isOwner: () => false });
    expect(hasReaction(await rejection(impostor.task.start(never)), 'fenced')).toBe(true);
    await owner.put(events.create({ id: 1, note: 'a' }));
    expect(await content('lost')).toEqual([{ id: '1', note: 'a' }]);
  });

  test('an open transaction of a silent owner does not hold up its successor', async () => {
    const events = eventsOf('silent');
    await using owner = await startTask(target, { topics: ['silent'], epoch: older });
    await owner.put(events.create({ id: 1, note: 'a' }));
    // A transaction that holds the position row and says nothing more, under the owner's own token.
    const held = owner.put(...Array.from({ length: 400 }, (__, index) => events.create({ id: index + 2, note: 'x' })));
    await using successor = await startTask(target, { topics: ['silent'], epoch: newer });
    await rejection(held);
    await successor.put(events.update({ id: 1, note: 'b' }));
    expect((await content('silent'))[0]).toEqual({ id: '1', note: 'b' });
  });

  test('after its session was ended a task connects again and applies the same records once', async () => {
    const events = eventsOf('resumed');
    await using task = await startTask(target, { topics: ['resumed'] });
    await task.put(events.create({ id: 1, note: 'a' }));
    await target.endSession(await tokenOf('resumed'));
    const records = [events.update({ id: 1, note: 'b' }), events.create({ id: 2, note: 'c' })];
    const error = await rejection(task.put(...records));
    expect(error === undefined || hasReaction(error, 'retry')).toBe(true);
    await task.put(...records);
    expect(await content('resumed')).toEqual([
      { id: '1', note: 'b' },
      { id: '2', note: 'c' },
    ]);
    expect(task.reported).toEqual([]);
  });

  test('records without a key are appended once, however often they come', async () => {
    const events = new TableEvents({ topic: 'appended', key: [], columns: [['note', primitive('string')]] });
    const config = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false' };
    await using task = await startTask(target, { topics: ['appended'], config });
    const records = ['a', 'b', 'a'].map((note) => events.create({ note }));
    await task.put(...records);
    await task.put(...records);
    await using next = await startTask(target, { topics: ['appended'], config, epoch: newer });
    await next.put(...records, events.create({ note: 'c' }));
    expect((await target.rows('SELECT note FROM appended')).map(({ note }) => note).sort()).toEqual(['a', 'a', 'b', 'c']);
  });

  test('two tasks of one connector own their partitions side by side', async () => {
    await using one = await startTask(target, { topics: ['left'], epoch: older });
    await using other = await startTask(target, { topics: ['right'], epoch: newer });
    const [left, right] = [eventsOf('left'), eventsOf('right')];
    await Promise.all([one.put(left.create({ id: 1, note: 'l' })), other.put(right.create({ id: 1, note: 'r' }))]);
    await one.put(left.update({ id: 1, note: 'l2' }));
    expect(await content('left')).toEqual([{ id: '1', note: 'l2' }]);
  });

  test('whatever part of a history is delivered again, and by whichever owner, the rows are those of the history', async () => {
    const step = fc.record({ id: fc.integer({ min: 1, max: 4 }), note: fc.option(fc.constantFrom('a', 'b', 'c')), isDelete: fc.boolean() });
    const delivery = fc.record({ from: fc.nat(20), length: fc.nat(20), isNewOwner: fc.boolean() });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.array(delivery, { maxLength: 5 }),
        async (history, deliveries) => {
          const topic = `replayed_${String((run += 1))}`;
          const events = eventsOf(topic);
          const records: SinkRecord[] = [];
          const model = new Map<number, string | null>();
          for (const { id, note, isDelete } of history) {
            records.push(isDelete ? events.delete({ id }) : events.update({ id, note }));
            if (isDelete) model.delete(id);
            else model.set(id, note);
          }
          let revision = 1n;
          let task = await startTask(target, { topics: [topic], epoch: { incarnation: 1, revision } });
          try {
            let done = 0;
            // Deliveries begin anywhere that was reached and end anywhere: what the runtime does after failures.
            for (const { from, length, isNewOwner } of [
              ...deliveries,
              { from: records.length, length: records.length, isNewOwner: false },
            ]) {
              if (isNewOwner) {
                await task[Symbol.asyncDispose]();
                task = await startTask(target, { topics: [topic], epoch: { incarnation: 1, revision: (revision += 1n) } });
              }
              const start = Math.min(from, done);
              await task.put(...records.slice(start, start + length));
              done = Math.max(done, Math.min(start + length, records.length));
            }
            if (done < records.length) await task.put(...records.slice(done));
            const expected = [...model].sort(([a], [b]) => a - b).map(([id, note]) => ({ id: String(id), note }));
            const exists = history.some(({ isDelete }) => !isDelete);
            expect(exists ? await content(topic) : []).toEqual(expected);
          } finally {
            await task[Symbol.asyncDispose]();
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a privilege error names itself and the cure', async () => {
    await using task = createTask(target, { topics: ['denied'], config: { 'connection.password': 'wrong' } });
    const error = await rejection(task.task.start(never));
    expect(hasCode(error, 'sql.access_denied')).toBe(true);
    expect((error as Error).message).toContain('connection.password');
  });
});
