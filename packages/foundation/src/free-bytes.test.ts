import { expect, test } from '@jest/globals';
import { freeBytes } from './free-bytes.ts';

test('bytes with a memory of their own are gone at once', () => {
  const bytes = Buffer.allocUnsafeSlow(1_024);
  freeBytes(bytes);
  expect(bytes).toHaveLength(0);
  freeBytes(bytes);
});

test('bytes that share their memory stay, with all that is in it', () => {
  const ofPool = Buffer.from('pooled');
  const part = Buffer.allocUnsafeSlow(16).fill(7).subarray(0, 8);
  const ofThreads = new Uint8Array(new SharedArrayBuffer(8));
  for (const bytes of [ofPool, part, ofThreads]) freeBytes(bytes);
  expect(ofPool.toString()).toBe('pooled');
  expect(part).toEqual(Buffer.alloc(8, 7));
  expect(ofThreads).toHaveLength(8);
});
