import { expect, test } from '@jest/globals';
import { linkSignal, Stopped, systemClock } from '@headrace/foundation';
import { collectBuffers } from './buffer-collection.ts';

const MIB = 1_048_576;

test('dead buffers are freed long before V8 would look for them', async () => {
  using life = linkSignal(new AbortController().signal);
  const collecting = collectBuffers(systemClock, life.signal).catch(() => undefined);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let round = 0; round < 256; round += 1) {
    expect(Buffer.allocUnsafeSlow(MIB)).toHaveLength(MIB);
    await systemClock.sleep(1, life.signal);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  life.abort(new Stopped('done'));
  await collecting;
  expect(most / MIB).toBeLessThan(60);
});
