import { expect, test } from '@jest/globals';
import { createLatch } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { saidWhileWaiting } from './said-while-waiting.ts';

test('what is waited for is said every 5 s, and not any more once it is there', async () => {
  const clock = new VirtualClock();
  const work = createLatch<string>();
  let said = 0;
  const waiting = saidWhileWaiting(work.promise, () => (said += 1), clock);
  await clock.advance(4_900);
  expect(said).toBe(0);
  await clock.advance(5_200);
  expect(said).toBe(2);
  work.resolve('there');
  expect(await waiting).toBe('there');
  await clock.advance(60_000);
  expect(said).toBe(2);
});

test('what fails fails, and is not spoken of any more', async () => {
  const clock = new VirtualClock();
  let said = 0;
  await expect(saidWhileWaiting(Promise.reject(new Error('gone')), () => (said += 1), clock)).rejects.toThrow('gone');
  await clock.advance(60_000);
  expect(said).toBe(0);
});
