import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PacketReader } from './packet-reader.ts';

const framed = (payload: Uint8Array): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([header, payload]);
};

test('payloads come out as they went in, wherever the stream is cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(framed));
      const reader = new PacketReader();
      const received: string[] = [];
      let offset = 0;
      for (let index = 0; offset < bytes.length; index += 1) {
        const end = offset + (cuts[index % cuts.length] ?? 1);
        reader.push(bytes.subarray(offset, end));
        offset = end;
        for (let payload = reader.next(); payload !== undefined; payload = reader.next()) received.push(payload.toString('hex'));
      }
      expect(received).toEqual(sent.map((payload) => Buffer.from(payload).toString('hex')));
      expect(reader.bytes).toBe(0);
    }),
  );
});

test('bytes are freed once the reader has moved on from all that lies in them, and not before', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(framed));
      const reader = new PacketReader();
      reader.freesRead = true;
      const chunks: Buffer[] = [];
      for (let offset = 0; offset < bytes.length; offset += chunks.at(-1)?.length ?? 0) {
        const length = cuts[chunks.length % cuts.length] ?? 1;
        // Of a memory of its own, as a socket gives it.
        const chunk = Buffer.from(Uint8Array.from(bytes.subarray(offset, offset + length)).buffer);
        chunks.push(chunk);
        reader.push(chunk);
      }
      for (const payload of sent) {
        expect(reader.advance()).toBe(true);
        expect(reader.payload.subarray(reader.start, reader.end)).toEqual(Buffer.from(payload));
      }
      expect(reader.advance()).toBe(false);
      expect(chunks.map((chunk) => chunk.length)).toEqual(chunks.map(() => 0));
    }),
  );
});

test('a payload of 16 MiB and more is put together from its pieces', () => {
  const whole = Buffer.alloc(0xff_ff_ff, 7);
  const reader = new PacketReader();
  reader.push(framed(whole));
  expect(reader.next()).toBeUndefined();
  reader.push(framed(Buffer.from([1, 2, 3])));
  const payload = reader.next();
  expect(payload?.length).toBe(0xff_ff_ff + 3);
  expect(payload?.subarray(-4)).toEqual(Buffer.from([7, 1, 2, 3]));
});
