import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import fc from 'fast-check';
import { WireSocket } from './wire-socket.ts';

const { signal } = new AbortController();

const socketOf = (): Duplex =>
  new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    },
  });

const open = (bufferBytes = 64 * 1_024, keepsRead = true): { readonly duplex: Duplex; readonly wire: WireSocket } => {
  const duplex = socketOf();
  return { duplex, wire: new WireSocket(duplex, { clock: systemClock, bufferBytes, keepsRead }) };
};

/** A message of the backend protocol; type d. */
const message = (body: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(body.length + 5);
  bytes[0] = 100;
  bytes.writeInt32BE(body.length + 4, 1);
  bytes.set(body, 5);
  return bytes;
};

const cutAt = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places
    .slice(1)
    .map((end, index) => bytes.subarray(places[index], end))
    .filter((part) => part.length > 0);
};

const hexOf = ({ buffer, start, end }: WireSocket): string => buffer.toString('hex', start, end);

test('messages come whole, however the bytes are cut, and keep their bytes where somebody keeps them', async () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(bodies, fc.array(fc.nat(), { maxLength: 20 }), async (sent, cuts) => {
      for (const keepsRead of [true, false]) {
        const { duplex, wire } = open(keepsRead ? 64 * 1_024 : 30, keepsRead);
        const found: { readonly buffer: Buffer; readonly start: number; readonly end: number }[] = [];
        const seen: string[] = [];
        for (const part of cutAt(Buffer.concat(sent.map(message)), cuts)) duplex.push(part);
        while (found.length < sent.length) {
          for (; wire.next(); seen.push(hexOf(wire))) found.push({ buffer: wire.buffer, start: wire.start, end: wire.end });
          if (found.length < sent.length) await wire.receive(1_000, signal);
        }
        const all = sent.map((body) => Buffer.from(body).toString('hex'));
        expect(seen).toEqual(all);
        if (keepsRead) expect(found.map(({ buffer, start, end }) => buffer.toString('hex', start, end))).toEqual(all);
        duplex.destroy();
      }
    }),
  );
});

test('what is behind the reader is freed, the current message is whole', async () => {
  const { duplex, wire } = open(64 * 1_024, false);
  // A memory of its own, as what a socket reads.
  const chunkOf = (value: number): Buffer => {
    const whole = message(Buffer.alloc(100, value));
    const chunk = Buffer.allocUnsafeSlow(whole.length);
    whole.copy(chunk);
    return chunk;
  };
  const [first, second] = [chunkOf(1), chunkOf(2)];
  duplex.push(first);
  duplex.push(second);
  await wire.take(signal);
  await wire.take(signal);
  expect(first).toHaveLength(0);
  expect(wire.buffer.subarray(wire.start, wire.end)).toEqual(Buffer.alloc(100, 2));
  duplex.destroy();
});

test('messages that come in parts are put together in one place, unless they are large', async () => {
  const { duplex, wire } = open(1_000, false);
  const places: Buffer[] = [];
  for (const size of [500, 400, 500, 2_000, 300]) {
    const whole = message(Buffer.alloc(size, size % 251));
    for (const part of cutAt(whole, [100])) duplex.push(part);
    while (!wire.next()) await wire.receive(1_000, signal);
    expect(wire.buffer.subarray(wire.start, wire.end)).toEqual(Buffer.alloc(size, size % 251));
    places.push(wire.buffer);
  }
  expect(places.map((place) => places.indexOf(place))).toEqual([0, 0, 0, 3, 0]);
  duplex.destroy();
});

test('part of a message is waited on, not spun on', async () => {
  const { duplex, wire } = open();
  const whole = message(Buffer.alloc(100, 7));
  duplex.push(whole.subarray(0, 50));
  await wire.receive(1_000, signal);
  expect(wire.next()).toBe(false);
  let hasReturned = false;
  const receiving = wire.receive(60_000, signal).then(() => (hasReturned = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasReturned).toBe(false);
  duplex.push(whole.subarray(50));
  await receiving;
  expect(wire.next()).toBe(true);
  duplex.destroy();
});

test('a message larger than the bound is let in alone', async () => {
  const { duplex, wire } = open(1_000);
  const whole = message(Buffer.alloc(10_000, 7));
  for (let start = 0; start < whole.length; start += 500) duplex.push(whole.subarray(start, start + 500));
  while (!wire.next()) await wire.receive(1_000, signal);
  expect(wire.end - wire.start).toBe(10_000);
  duplex.destroy();
});

/** Reads messages of this size, one a millisecond, and tells how often the socket rested. */
const restsWhile = async (bytes: number): Promise<number> => {
  let now = 0;
  let rests = 0;
  const duplex = socketOf();
  const sleep = (): Promise<void> => {
    if (duplex.isPaused()) rests += 1;
    return Promise.resolve();
  };
  const wire = new WireSocket(duplex, { clock: { ...systemClock, monotonic: () => now, sleep }, bufferBytes: 1_000_000, keepsRead: true });
  for (now = 1; now <= 100; now += 1) {
    duplex.push(message(Buffer.alloc(bytes)));
    await new Promise((resolve) => setImmediate(resolve));
    await wire.receive(1_000, signal);
    while (wire.next());
  }
  duplex.destroy();
  return rests;
};

test('much is collected for a moment, a trickle is handed on at once', async () => {
  expect(await restsWhile(200)).toBe(0);
  expect(await restsWhile(10_000)).toBeGreaterThan(70);
});
