import { describe, expect, test } from '@jest/globals';
import { ByteQueue } from './byte-queue.ts';

describe('ByteQueue', () => {
  test('a full queue makes the producer wait until the consumer has taken something', async () => {
    const queue = new ByteQueue<string>(10);
    const { signal } = new AbortController();
    await queue.put('a', 10, signal);
    let isIn = false;
    const second = queue.put('b', 1, signal).then(() => {
      isIn = true;
    });
    await Promise.resolve();
    expect(isIn).toBe(false);
    expect(await queue.take(signal)).toBe('a');
    await second;
    expect(queue.size).toBe(1);
  });

  test('an item larger than the budget is let in alone', async () => {
    const queue = new ByteQueue<string>(10);
    await queue.put('big', 1_000, new AbortController().signal);
    expect(queue.isFull).toBe(true);
    expect(queue.poll()).toBe('big');
    expect(queue.bytes).toBe(0);
  });

  test('the failure of the producer comes after what was queued before it', async () => {
    const queue = new ByteQueue<string>(10);
    const { signal } = new AbortController();
    queue.push('last', 1);
    queue.fail(new Error('connection lost'));
    expect(await queue.take(signal)).toBe('last');
    await expect(queue.take(signal)).rejects.toThrow('connection lost');
  });

  test('waiting ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const waiting = new ByteQueue<string>(1).take(controller.signal);
    controller.abort(new Error('revoked'));
    await expect(waiting).rejects.toThrow('revoked');
  });
});
