import { primitive } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Gate } from './support/gate.ts';
import { TableEvents } from './support/records.ts';
import { createTask, never, startTask, type TestTask } from './support/tasks.ts';
import { contentOf, everyTarget, urlBehind, type TargetDatabase } from './support/targets.ts';

const eventsOf = (topic: string): TableEvents => new TableEvents({ topic, key: ['id'], columns: [['id', primitive('int32')]] });

const isOpen = async ({ circuit }: TestTask): Promise<void> => {
  while (circuit.state !== 'open') await new Promise((resolve) => setImmediate(resolve));
};

describe.each(everyTarget)('a target that goes away, %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  test('is left alone by an open circuit, and takes every row once when it is back', async () => {
    await using gate = await Gate.before(target.port);
    const events = eventsOf('patient');
    const config = { 'connection.url': urlBehind(target, gate), 'target.circuit.failures': '2', 'target.circuit.open.ms': '50' };
    await using task = await startTask(target, { topics: ['patient'], config });
    await task.put(events.create({ id: 1 }));
    await gate.shut();
    const put = task.put(events.create({ id: 2 }), events.create({ id: 3 }));
    await isOpen(task);
    expect(task.circuit.reason).toContain('lost');
    await gate.open();
    await put;
    expect(task.circuit.state).toBe('closed');
    expect((await contentOf(target, 'patient')).map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  test('is waited for by a task that starts while it is away', async () => {
    await using gate = await Gate.before(target.port);
    const events = eventsOf('early');
    await using task = createTask(target, {
      topics: ['early'],
      config: { 'connection.url': urlBehind(target, gate), 'target.circuit.open.ms': '50' },
    });
    await gate.shut();
    const start = task.task.start(never);
    await isOpen(task);
    expect(task.circuit.reason).toContain('ECONNREFUSED');
    await gate.open();
    await start;
    expect(task.circuit.state).toBe('closed');
    await task.put(events.create({ id: 1 }));
    expect((await contentOf(target, 'early')).map(({ id }) => id)).toEqual(['1']);
  });

  test('is found behind the next of several hosts, without a row lost or doubled', async () => {
    await using first = await Gate.before(target.port);
    await using second = await Gate.before(target.port);
    const events = eventsOf('moved');
    const hosts = target.jdbcUrl.replace(/\/\/[^/]*\//, `//127.0.0.1:${String(first.port)},127.0.0.1:${String(second.port)}/`);
    await using task = await startTask(target, { topics: ['moved'], config: { 'connection.url': hosts, 'insert.mode': 'insert' } });
    await task.put(events.create({ id: 1 }));
    await first.shut();
    await task.put(events.create({ id: 2 }));
    await second.shut();
    await first.open();
    await task.put(events.create({ id: 3 }));
    expect((await contentOf(target, 'moved')).map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  test('is not written on when it comes back with older positions: what was committed since is read again', async () => {
    const events = eventsOf('restored');
    const first = events.create({ id: 1 });
    const second = events.create({ id: 2 });
    await using task = await startTask(target, { topics: ['restored'] });
    await task.put(first);
    await task.put(second);
    const [row] = await target.rows(`SELECT session_token FROM headrace_positions WHERE topic = 'restored'`);
    await target.rows(`UPDATE headrace_positions SET next_offset = 1 WHERE topic = 'restored'`);
    await target.rows('DELETE FROM restored WHERE id = 2');
    await target.endSession(row?.['session_token'] ?? '');
    const error = await task.put(events.create({ id: 3 })).catch((failure: unknown) => failure);
    expect(hasCode(error, 'sql.positions_went_back')).toBe(true);
    await using anew = createTask(target, { topics: ['restored'] });
    expect(await anew.task.start(never)).toEqual([{ topic: 'restored', partition: 0, offset: 1n }]);
    await anew.put(second);
    expect((await contentOf(target, 'restored')).map(({ id }) => id)).toEqual(['1', '2']);
  });

  test('fails the task when it comes back without any position: Kafka would lead past the rows that are gone', async () => {
    const events = eventsOf('emptied');
    await using task = await startTask(target, { topics: ['emptied'] });
    await task.put(events.create({ id: 1 }));
    const [row] = await target.rows(`SELECT session_token FROM headrace_positions WHERE topic = 'emptied'`);
    await target.rows(`DELETE FROM headrace_positions WHERE topic = 'emptied'`);
    await target.endSession(row?.['session_token'] ?? '');
    const error = await task.put(events.create({ id: 2 })).catch((failure: unknown) => failure);
    expect(hasCode(error, 'sql.positions_gone')).toBe(true);
    expect((await contentOf(target, 'emptied')).map(({ id }) => id)).toEqual(['1']);
  });

  test('fails the task when it stays away longer than target.retry.timeout.ms', async () => {
    await using gate = await Gate.before(target.port);
    const events = eventsOf('impatient');
    const config = { 'connection.url': urlBehind(target, gate), 'target.retry.timeout.ms': '1' };
    await using task = await startTask(target, { topics: ['impatient'], config });
    await gate.shut();
    const error = await task.put(events.create({ id: 1 })).catch((failure: unknown) => failure);
    expect(hasCode(error, 'sql.target_unavailable')).toBe(true);
  });
});
