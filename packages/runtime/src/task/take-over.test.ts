import { RecordError } from '@headrace/foundation';
import { createMemoryKafkaPorts, MemoryKafka } from '@headrace/ports/memory';
import type { KafkaPorts } from '@headrace/ports';
import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TaskRig, textOf } from './testing/task-rig.ts';

const { signal } = new AbortController();
const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`);

const portsOn = (kafka: MemoryKafka, clock: VirtualClock): KafkaPorts => createMemoryKafkaPorts(kafka, { clock, offsetsTopic: 'offsets' });

/** What a reader of committed records finds in a topic. */
const readAll = async (ports: KafkaPorts, clock: VirtualClock, topic = 't'): Promise<string[]> => {
  await using reader = await ports.readers.open({ start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed' }, signal);
  const polled = reader.poll(1_000, 100, signal);
  await clock.advance(200);
  return (await polled).map(textOf);
};

afterEach(() => {
  TaskRig.stopAll();
});

describe('A source task that is taken over while its former owner lives', () => {
  test.each(['enabled', 'disabled'])('I2: refuses every write of the former owner (exactly once %s)', async (support) => {
    const kafka = new MemoryKafka();
    const clock = new VirtualClock();
    kafka.createTopic('t', { partitions: 1, replicationFactor: 1, configs: {} });
    const options = { clock, workerConfig: { 'exactly.once.source.support': support } };
    const old = new TaskRig();
    old.source.values = values(4);
    old.start('source', {}, { ...options, ports: portsOn(kafka, clock) });
    await clock.until(() => old.source.acknowledged.at(-1) === 4);

    const next = new TaskRig();
    next.source.values = values(8);
    next.start('source', {}, { ...options, ports: portsOn(kafka, clock) });
    await clock.until(() => next.source.acknowledged.at(-1) === 8);

    // The former owner wakes up late, with rows of its own to write.
    old.isOwner = false;
    old.source.values.push('stale');
    await clock.until(() => old.events.at(-1) === 'fenced');
    await old.ended;
    expect(old.source.acknowledged.at(-1)).toBe(4);
    expect(await readAll(portsOn(kafka, clock), clock)).toEqual(values(8));
    expect(next.source.starts).toBe(1);
    next.stop();
    await clock.until(() => next.events.at(-1) === 'stopped');
  });

  test('goes on by itself when Kafka was away for a while', async () => {
    const kafka = new MemoryKafka();
    const clock = new VirtualClock();
    kafka.createTopic('t', { partitions: 1, replicationFactor: 1, configs: {} });
    const rig = new TaskRig();
    rig.source.values = values(3);
    rig.start('source', {}, { clock, ports: portsOn(kafka, clock) });
    await clock.until(() => rig.source.acknowledged.at(-1) === 3);
    kafka.stop();
    rig.source.values = values(9);
    await clock.advance(30_000);
    kafka.start();
    await clock.until(() => rig.source.acknowledged.at(-1) === 9);
    expect(await readAll(portsOn(kafka, clock), clock)).toEqual(values(9));
    rig.stop();
    await clock.until(() => rig.events.at(-1) === 'stopped');
  });
});

describe('A sink task that is taken over while its former owner lives', () => {
  test('I2: refuses the commits of the former owner, and goes on from the last accepted one', async () => {
    const kafka = new MemoryKafka();
    const clock = new VirtualClock();
    const produced = new TaskRig();
    produced.source.values = values(6);
    kafka.createTopic('t', { partitions: 1, replicationFactor: 1, configs: {} });
    produced.start('source', {}, { clock, ports: portsOn(kafka, clock) });
    await clock.until(() => produced.source.acknowledged.at(-1) === 6);
    produced.stop();

    const sinkPorts = portsOn(kafka, clock);
    const old = new TaskRig();
    old.start('sink', {}, { clock, connector: 's', ports: portsOn(kafka, clock) });
    await clock.until(() => old.sink.puts.flat().length === 6);
    await clock.advance(2_000);

    const next = new TaskRig();
    next.start('sink', {}, { clock, connector: 's', ports: sinkPorts });
    await clock.until(() => next.events.includes('running'));
    expect(next.sink.puts.flat()).toEqual([]);

    old.isOwner = false;
    const more = new TaskRig();
    more.source.values = [...values(6), 'late'];
    more.start('source', {}, { clock, ports: portsOn(kafka, clock) });
    await clock.until(() => old.events.at(-1) === 'fenced');
    await clock.until(() => next.sink.puts.flat().length === 1);
    expect(next.sink.puts.flat()).toEqual(['late']);
    expect(old.events).not.toContain('failed');
    more.stop();
    next.stop();
    await clock.until(() => next.events.at(-1) === 'stopped');
    await Promise.all([old.ended, next.ended]);
  });

  test('I2: refuses the dead letters of the former owner, also while the next owner has none of its own', async () => {
    const kafka = new MemoryKafka();
    const clock = new VirtualClock();
    for (const topic of ['t', 'dead']) kafka.createTopic(topic, { partitions: 1, replicationFactor: 1, configs: {} });
    const letters = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };
    const produced = new TaskRig();
    produced.source.values = ['first'];
    produced.start('source', {}, { clock, ports: portsOn(kafka, clock) });
    const old = new TaskRig();
    old.sink.report = async (context, record) => {
      await context.reportRecord(record, new RecordError('test.refused', 'It does not fit.'));
      return true;
    };
    old.start('sink', letters, { clock, connector: 's', ports: portsOn(kafka, clock) });
    await clock.until(() => old.sink.puts.length === 1);
    await clock.advance(2_000);

    const next = new TaskRig();
    next.start('sink', letters, { clock, connector: 's', ports: portsOn(kafka, clock) });
    await clock.until(() => next.events.includes('running'));
    old.isOwner = false;
    produced.source.values.push('late');
    await clock.until(() => old.events.at(-1) === 'fenced');
    await clock.until(() => next.sink.puts.flat().includes('late'));
    expect(old.sink.puts.flat()).toEqual(['first', 'late']);
    expect(await readAll(portsOn(kafka, clock), clock, 'dead')).toEqual(['first']);
    for (const rig of [produced, next]) rig.stop();
    await clock.until(() => next.events.at(-1) === 'stopped');
    await Promise.all([old.ended, next.ended, produced.ended]);
  });
});
