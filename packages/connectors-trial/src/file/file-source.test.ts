import type { SourceTaskContext } from '@headrace/connector-api';
import { silentLogger, silentMeter, systemClock } from '@headrace/foundation';
import { asObject } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource } from './file-source.ts';

const { signal } = new AbortController();

const context = (position: number | undefined): SourceTaskContext => ({
  id: { connector: 'f', task: 0 },
  clusterId: 'c',
  epoch: { incarnation: 1, revision: 1n },
  log: silentLogger,
  meter: silentMeter,
  clock: systemClock,
  settings: {},
  readTopic: () => Promise.reject(new Error('No topic is read.')),
  confirmOwnership: () => Promise.resolve(true),
  position: () => Promise.resolve(position === undefined ? null : { position }),
});

/** Two batches of a file of five lines. */
const batches = async (raw: Record<string, string>, position?: number) => {
  const folder = await mkdtemp(join(tmpdir(), 'headrace-file-'));
  const file = join(folder, 'lines');
  await writeFile(file, 'a\nb\nc\nd\ne\n');
  const { values } = fileSource.config.parse({ file, topic: 'the-topic', ...raw });
  await using task = fileSource.createTask(values, context(position));
  await task.start(signal);
  const polled = [await task.poll(signal), await task.poll(signal)];
  await rm(folder, { recursive: true });
  return polled.map((batch) => ({
    lines: batch?.records.map(asObject).map(({ topic, value }) => [topic, value]),
    offset: batch?.positions[0]?.offset,
  }));
};

describe('The file source', () => {
  test('hands on batch.size lines at a time, each to the topic, with the position behind the last', async () => {
    expect(await batches({ 'batch.size': '2' })).toEqual([
      {
        lines: [
          ['the-topic', 'a'],
          ['the-topic', 'b'],
        ],
        offset: { position: 4 },
      },
      {
        lines: [
          ['the-topic', 'c'],
          ['the-topic', 'd'],
        ],
        offset: { position: 8 },
      },
    ]);
  });

  test('goes on at its position', async () => {
    expect((await batches({}, 6))[0]).toEqual({
      lines: [
        ['the-topic', 'd'],
        ['the-topic', 'e'],
      ],
      offset: { position: 10 },
    });
  });

  test.each([
    [{ file: 'x' }, { position: 1 }, 'Partition must be'],
    [{ filename: 'x' }, { position: -1 }, 'Offset must be'],
    [{ filename: 'x' }, { position: 'one' }, 'Offset must be'],
  ])('refuses the position %p %p', (partition, offset, reason) => {
    const { values } = fileSource.config.parse({ file: 'x', topic: 't' });
    expect(() => fileSource.alterOffsets?.(values, [{ partition: partition, offset: offset }])).toThrow(reason);
  });
});
