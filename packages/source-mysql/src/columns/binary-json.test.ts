import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText } from './binary-json.ts';

interface Encoded {
  readonly kind: number;
  readonly bytes: Buffer;
}

const littleEndian = (value: number, width: number): Buffer => {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
};

const variableLength = (length: number): number[] =>
  length < 128 ? [length] : [(length & 0x7f) | 0x80, ...variableLength(Math.floor(length / 128))];

const scalar = (value: string | number | boolean | null): Encoded => {
  if (value === null || typeof value === 'boolean') return { kind: 4, bytes: Buffer.from([value === null ? 0 : value ? 1 : 2]) };
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return { kind: 12, bytes: Buffer.concat([Buffer.from(variableLength(text.length)), text]) };
  }
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return { kind: 11, bytes };
  }
  if (value >= -32_768 && value < 32_768) return { kind: 5, bytes: littleEndian(value & 0xffff, 2) };
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return { kind: 9, bytes };
};

/** Writes MySQL's form of a value, with small or large containers as told. */
const encode = (value: unknown, isLarge: boolean): Encoded => {
  if (typeof value !== 'object' || value === null) return scalar(value as string | number | boolean | null);
  const isObject = !Array.isArray(value);
  const width = isLarge ? 4 : 2;
  const keys = isObject ? Object.keys(value).map((key) => Buffer.from(key)) : [];
  const members = Object.values(value).map((member) => encode(member, isLarge));
  let free = 2 * width + keys.length * (width + 2) + members.length * (1 + width);
  const keyEntries = keys.map((key) => {
    const entry = Buffer.concat([littleEndian(free, width), littleEndian(key.length, 2)]);
    free += key.length;
    return entry;
  });
  const heap: Buffer[] = [...keys];
  const valueEntries = members.map(({ kind, bytes }) => {
    if (kind === 4 || kind === 5) {
      const inlined =
        kind === 5 && isLarge ? littleEndian(bytes.readUInt16LE(), 4) : Buffer.concat([bytes, Buffer.alloc(width)]).subarray(0, width);
      return Buffer.concat([Buffer.from([kind]), inlined]);
    }
    const entry = Buffer.concat([Buffer.from([kind]), littleEndian(free, width)]);
    heap.push(bytes);
    free += bytes.length;
    return entry;
  });
  const head = [littleEndian(members.length, width), littleEndian(free, width)];
  return { kind: (isObject ? 0 : 2) + (isLarge ? 1 : 0), bytes: Buffer.concat([...head, ...keyEntries, ...valueEntries, ...heap]) };
};

const document = ({ kind, bytes }: Encoded): Buffer => Buffer.concat([Buffer.from([kind]), bytes]);

describe('binary JSON', () => {
  test.each([false, true])('any document reads back as itself (large containers: %p)', (isLarge) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const parsed = JSON.parse(jsonText(document(encode(value, isLarge)))) as unknown;
        expect(parsed).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('a text longer than one length byte can say is read whole', () => {
    const text = 'ü'.repeat(20_000);
    expect(JSON.parse(jsonText(document(encode({ text }, false))))).toEqual({ text });
  });

  test.each([
    ['0500 80', '-32768'],
    ['06ff ff', '65535'],
    ['07 00000080', '-2147483648'],
    ['08 ffffffff', '4294967295'],
    ['09 0000000000000080', '-9223372036854775808'],
    ['0a ffffffffffffffff', '18446744073709551615'],
    ['0b 000000000000f03f', '1.0'],
    ['0b 9a9999999999b93f', '0.1'],
    ['0f f6 04 0402 8c 2d', '12.45'],
  ])('bytes %p are %p', (hex, text) => {
    expect(jsonText(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(text);
  });

  test('dates and times inside a document are texts with microseconds', () => {
    const packed = (whole: bigint, micros: bigint, kind: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE((whole << 24n) | micros);
      return Buffer.concat([Buffer.from([0x0f, kind, 8]), bytes]);
    };
    const day = ((2024n * 13n + 2n) << 5n) | 29n;
    const clock = (23n << 12n) | (59n << 6n) | 58n;
    expect(jsonText(packed((day << 17n) | clock, 123_456n, 12))).toBe('"2024-02-29 23:59:58.123456"');
    expect(jsonText(packed(day << 17n, 0n, 10))).toBe('"2024-02-29"');
    expect(jsonText(packed((838n << 12n) | (59n << 6n) | 59n, 1n, 11))).toBe('"838:59:59.000001"');
  });

  test('an empty value is null, and an unknown type is refused', () => {
    expect(jsonText(Buffer.alloc(0))).toBe('null');
    expect(() => jsonText(Buffer.from([0x0d, 0]))).toThrow(/unknown type 13/);
  });
});
