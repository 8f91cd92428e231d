import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TaskRig, textOf } from './testing/task-rig.ts';

const queue = {
  'errors.deadletterqueue.topic.name': 'dead',
  'errors.deadletterqueue.context.headers.enable': 'true',
};

/** `?` cannot be written by the rig's converter. */
const startSource = (values: readonly string[], config: Readonly<Record<string, string>>): { rig: TaskRig; clock: VirtualClock } => {
  const rig = new TaskRig();
  const clock = new VirtualClock();
  rig.source.values = [...values];
  rig.start('source', config, { clock });
  return { rig, clock };
};

const written = (rig: TaskRig): string[] => rig.kafka.log.map((record) => `${record.topic} ${textOf(record)}`);

afterEach(() => {
  TaskRig.stopAll();
});

describe('Records of a source that cannot be handled', () => {
  test('are dead letters in their place among the others, as JSON that says why, before their position is stored', async () => {
    const { rig, clock } = startSource(['a', '?', 'b'], { ...queue, 'errors.tolerance': 'all' });
    await clock.until(() => rig.source.acknowledged.at(-1) === 3);
    expect(written(rig)).toEqual(['t a', 'dead "?"', 't b']);
    const letter = rig.kafka.log[1];
    expect(Buffer.from(letter?.key ?? []).toString()).toBe('"1"');
    expect(letter?.headers.slice(0, -1).map(({ key, value }) => [key, Buffer.from(value ?? []).toString()])).toEqual([
      ['__connect.errors.topic', 't'],
      ['__connect.errors.connector.name', 'c'],
      ['__connect.errors.task.id', '0'],
      ['__connect.errors.stage', 'VALUE_CONVERTER'],
      ['__connect.errors.class.name', 'test.TextConverter'],
      ['__connect.errors.exception.class.name', 'org.apache.kafka.connect.errors.DataException'],
      ['__connect.errors.exception.message', 'Value cannot be written.'],
    ]);
    expect(rig.counters.get('kafka_connect_task_error_metrics_deadletterqueue_produce_requests')).toBe(1);
    rig.stop();
    await rig.ended;
  });

  test('fail the task under errors.tolerance=none; the letter is written, the rest of its batch and its position are not', async () => {
    const { rig } = startSource(['a', 'b', 'c', '?'], { ...queue, 'errors.tolerance': 'none' });
    await rig.ended;
    expect(rig.failure?.code).toBe('task.tolerance_exceeded');
    expect(written(rig)).toEqual(['t a', 't b', 'dead "?"']);
    expect(rig.source.acknowledged).toEqual([2]);
  });

  test('have no headers beside their own unless asked for', async () => {
    const { rig, clock } = startSource(['?'], { 'errors.deadletterqueue.topic.name': 'dead', 'errors.tolerance': 'all' });
    await clock.until(() => rig.kafka.log.length === 1);
    expect(rig.kafka.log[0]?.headers).toEqual([]);
    rig.stop();
    await rig.ended;
  });
});
