import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KafkaHarness } from '@headrace/ports/contract';
import { openKafkajsHarness } from './kafkajs-harness.ts';

const { signal } = new AbortController();

let harness: KafkaHarness;

beforeAll(async () => {
  harness = await openKafkajsHarness(undefined, 1);
});

afterAll(() => harness.close());

// `otherPorts` have read nothing yet, as a task that starts: once they have to read the whole topic, they go on from there.
test('a task that starts finds its position at the end, far back, or dropped, behind an aborted one, and under a key of another form', async () => {
  const connector = harness.name('connector');
  const stored = (partition: Readonly<Record<string, string>>, at: number | null) => ({ partition, offset: at === null ? null : { at } });
  const place = (name: string) => ({ place: name });
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ partition: { p: index }, offset: { at: index } }));
  const alter = (positions: readonly ReturnType<typeof stored>[]): Promise<void> =>
    harness.ports.sourceOffsets.alter(connector, positions, signal);
  await alter([stored(place('first'), 1), stored(place('dropped'), 1), stored({ server: 's', database: 'd' }, 5)]);
  await harness.ports.sourceOffsets.alter(harness.name('other'), many(10_000), signal);
  await alter([stored(place('dropped'), null), stored(place('middle'), 2)]);
  await harness.ports.sourceOffsets.alter(harness.name('other'), many(1_000), signal);
  await alter([stored(place('last'), 3), stored(place('last'), 4)]);
  const aborted = await harness.begin(harness.name('foreign'));
  await aborted.send(harness.offsetsTopic, 0, [{ key: `["${connector}",{"place":"last"}]`, value: '{"at":99}' }]);
  await aborted.abort();

  const asked = async (partition: Readonly<Record<string, string>>) =>
    harness.otherPorts.sourceOffsets.position(connector, partition, signal);
  expect(await asked(place('last'))).toEqual({ at: 4 });
  expect(await asked(place('middle'))).toEqual({ at: 2 });
  expect(await asked(place('dropped'))).toBeNull();
  expect(await asked(place('first'))).toEqual({ at: 1 });
  expect(await asked({ database: 'd', server: 's' })).toEqual({ at: 5 });
  expect(await asked(place('never'))).toBeNull();
});
