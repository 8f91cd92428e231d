import { primitive } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Gate } from './support/gate.ts';
import { TableEvents } from './support/records.ts';
import { createTask, never, startTask } from './support/tasks.ts';
import { contentOf, everyTarget, type TargetDatabase } from './support/targets.ts';

const eventsOf = (topic: string): TableEvents => new TableEvents({ topic, key: ['id'], columns: [['id', primitive('int32')]] });

describe.each(everyTarget)('a target that goes away, %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const behind = (gate: Gate): string => target.jdbcUrl.replace(/:\d+\//, `:${String(gate.port)}/`);

  test('is left alone by an open circuit, and takes every row once when it is back', async () => {
    await using gate = await Gate.before(Number(/:(\d+)\//.exec(target.jdbcUrl)?.[1]));
    const events = eventsOf('patient');
    const config = { 'connection.url': behind(gate), 'target.circuit.failures': '2', 'target.circuit.open.ms': '50' };
    await using task = await startTask(target, { topics: ['patient'], config });
    await task.put(events.create({ id: 1 }));
    expect(task.circuits).toEqual([expect.objectContaining({ state: 'closed' })]);
    await gate.shut();
    const put = task.put(events.create({ id: 2 }), events.create({ id: 3 }));
    while (!task.circuits.some(({ state }) => state === 'open')) await new Promise((resolve) => setImmediate(resolve));
    expect(task.circuits.at(-1)?.error).toContain('lost');
    await gate.open();
    await put;
    expect(task.circuits.at(-1)?.state).toBe('closed');
    expect((await contentOf(target, 'patient')).map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  test('is waited for by a task that starts while it is away', async () => {
    await using gate = await Gate.before(Number(/:(\d+)\//.exec(target.jdbcUrl)?.[1]));
    const events = eventsOf('early');
    await using task = createTask(target, {
      topics: ['early'],
      config: { 'connection.url': behind(gate), 'target.circuit.open.ms': '50' },
    });
    await gate.shut();
    const start = task.task.start(never);
    while (!task.circuits.some(({ state }) => state === 'open')) await new Promise((resolve) => setImmediate(resolve));
    expect(task.circuits.at(-1)?.error).toContain('ECONNREFUSED');
    await gate.open();
    await start;
    expect(task.circuits.at(-1)?.state).toBe('closed');
    await task.put(events.create({ id: 1 }));
    expect((await contentOf(target, 'early')).map(({ id }) => id)).toEqual(['1']);
  });

  test('fails the task when it stays away longer than target.retry.timeout.ms', async () => {
    await using gate = await Gate.before(Number(/:(\d+)\//.exec(target.jdbcUrl)?.[1]));
    const events = eventsOf('impatient');
    const config = { 'connection.url': behind(gate), 'target.retry.timeout.ms': '1' };
    await using task = await startTask(target, { topics: ['impatient'], config });
    await gate.shut();
    const error = await task.put(events.create({ id: 1 })).catch((failure: unknown) => failure);
    expect(hasCode(error, 'sql.target_unavailable')).toBe(true);
  });
});
