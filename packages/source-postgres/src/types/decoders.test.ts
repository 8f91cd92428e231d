import { describe, expect, test } from '@jest/globals';
import type { Struct } from '@headrace/connector-api';
import fc from 'fast-check';
import { columnType, type TypeMap } from '../pg-types.ts';
import type { PgType, TypeSettings } from './column-type.ts';
import { RowBytes } from './row-bytes.ts';

const settings: TypeSettings = {
  decimals: 'precise',
  binary: 'bytes',
  time: 'microseconds',
  interval: 'numeric',
  hstore: 'json',
  moneyDigits: 2,
  placeholder: Buffer.from('gone'),
  includesUnknown: false,
};
const names = [
  'bool',
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'text',
  'bytea',
  'bit',
  'varbit',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timetz',
  'interval',
  'uuid',
  'numeric',
  'sparsevec',
  'hstore',
  '_text',
  '_int4',
  '_date',
  '_uuid',
  '_bytea',
  '_numeric',
];
const types: TypeMap = new Map(
  names.map((name, index): [number, PgType] => [
    index,
    {
      id: index,
      name,
      kind: 'b',
      elementId: name.startsWith('_') ? names.indexOf(name.slice(1)) : 0,
      baseId: 0,
      baseModifier: -1,
      delimiter: ',',
      labels: [],
    },
  ]),
);

/** Decodes `text` as `type`, with other bytes around it, multi-byte ones on demand. */
const decode = (type: string, text: string, around = 'x', modifier = -1): unknown => {
  const bytes = Buffer.from(around + text + around);
  const start = Buffer.byteLength(around);
  const found = columnType(types, names.indexOf(type), modifier, settings);
  return found?.decode(new RowBytes(bytes), start, start + Buffer.byteLength(text));
};

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** PostgreSQL's ISO text of an instant, fraction without trailing zeros. */
const timestampText = (date: Date, micros: number): string => {
  const fraction = pad(date.getUTCMilliseconds() * 1_000 + micros, 6).replace(/0+$/, '');
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  return `${day} ${time}${fraction === '' ? '' : `.${fraction}`}`;
};

const instant = fc.tuple(
  fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
  fc.integer({ min: 0, max: 999 }),
);

describe('decoders', () => {
  test('integers of every size are exact', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (value) => BigInt(decode('int8', String(value)) as number | bigint) === value,
      ),
    );
    fc.assert(fc.property(fc.integer(), (value) => decode('int4', String(value)) === value));
  });

  test('a 64-bit integer has one form: a number exactly where it is safe', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(typeof decode('int8', String(value))).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
      }),
    );
  });

  test('doubles survive in every notation', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => expect(decode('float8', Object.is(value, -0) ? '-0' : String(value))).toBe(value)),
    );
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 8 }), (value, digits) => {
        const text = (value / 10 ** digits).toFixed(digits);
        expect(decode('float8', text)).toBe(Number(text));
      }),
    );
  });

  test('text is exact whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'x', 'ß', '🌊'), (value, around) =>
        expect(decode('text', value, around)).toBe(value),
      ),
    );
  });

  test('text is exact after bytes that are no text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 8 }),
        fc.string({ unit: 'grapheme-ascii' }),
        fc.string({ unit: 'grapheme' }),
        (noise, first, second) => {
          // Lengths between values: any bytes, but always with a zero before the next value begins, as a length has.
          const [one, two] = [Buffer.from(first), Buffer.from(second)];
          const gap = Buffer.concat([Buffer.from(noise), Buffer.from([0])]);
          const row = new RowBytes(Buffer.concat([gap, one, gap, two]));
          const start = gap.length + one.length + gap.length;
          expect([row.text(gap.length, gap.length + one.length), row.text(start, start + two.length)]).toEqual([first, second]);
        },
      ),
    );
  });

  test('bytes survive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        const bytes = decode('bytea', `\\x${Buffer.from(value).toString('hex')}`) as Uint8Array;
        expect(Buffer.from(bytes)).toEqual(Buffer.from(value));
      }),
    );
  });

  test('bits come little-endian, without zeros above', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('0', '1'), minLength: 2, maxLength: 64 }), (bits) => {
        const bytes = decode('bit', bits, 'x', bits.length) as Uint8Array;
        const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
        expect(value).toBe(BigInt(`0b${bits}`));
        expect(bytes.at(-1)).not.toBe(0);
      }),
    );
  });

  test('timestamps are microseconds since the epoch', () => {
    fc.assert(
      fc.property(instant, ([date, micros]) => {
        expect(BigInt(decode('timestamp', timestampText(date, micros)) as number | bigint)).toBe(
          BigInt(date.getTime()) * 1_000n + BigInt(micros),
        );
      }),
    );
  });

  test('zoned timestamps keep the instant through any zone', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), ([date, micros], offset) => {
        const local = new Date(date.getTime() + offset * 60_000);
        fc.pre(local.getUTCFullYear() >= 1 && local.getUTCFullYear() <= 9_999);
        const zone = `${offset < 0 ? '-' : '+'}${pad(Math.trunc(Math.abs(offset) / 60))}${offset % 60 === 0 ? '' : `:${pad(Math.abs(offset) % 60)}`}`;
        const text = decode('timestamptz', timestampText(local, micros) + zone) as string;
        expect(text).toBe(
          `${timestampText(date, 0).slice(0, 10)}T${date.toISOString().slice(11, 19)}.${pad(date.getUTCMilliseconds(), 3)}${pad(micros, 3)}Z`,
        );
      }),
    );
  });

  test('arrays of text survive quotes, escapes, nulls and braces', () => {
    const element = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('NULL', '{}', '"', '\\', ',', '')), { nil: null });
    fc.assert(
      fc.property(fc.array(element), (values) => {
        const items = values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`));
        expect(decode('_text', `{${items.join(',')}}`)).toEqual(values);
      }),
    );
  });

  test('hstore is the JSON object of its pairs, whatever stands in them', () => {
    const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '=>', ', ', '1', '__proto__', 'NULL'));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(piece, fc.option(piece)), { selector: ([key]) => key }), (pairs) => {
        const text = pairs.map(([key, value]) => `${quote(key)}=>${value === null ? 'NULL' : quote(value)}`).join(', ');
        expect(new Map(Object.entries(JSON.parse(decode('hstore', text) as string) as object))).toEqual(new Map(pairs));
      }),
    );
    expect(decode('hstore', '"a"=>"\u000e", "b"=>NULL')).toBe('{"a":"\\u000E","b":null}');
  });

  test('arrays are marked as unavailable where Debezium has a mark for their elements', () => {
    const mark = (type: string): unknown => columnType(types, names.indexOf(type), -1, settings)?.unavailable;
    expect(['_text', '_int4', '_date', '_bytea', '_numeric'].map((type) => mark(type))).toEqual([
      ['gone'],
      [103, 111, 110, 101],
      [103, 111, 110, 101],
      [settings.placeholder],
      null,
    ]);
    expect(mark('_uuid')).toEqual(['50c1f58b-e7f5-347e-8f53-d64c094783c2']);
  });

  test('a sparse vector has its places and values', () => {
    expect((decode('sparsevec', '{1:1.5,3:-2}/5') as Struct).values).toEqual([
      5,
      new Map([
        [1, 1.5],
        [3, -2],
      ]),
    ]);
    expect((decode('sparsevec', '{}/3') as Struct).values).toEqual([3, new Map()]);
  });

  test('no bits are no boolean', () => {
    expect(() => decode('varbit', '', 'x', 1)).toThrow('neither true nor false');
  });

  test('as ISO text, the end of a day is its start and infinity the end of microseconds', () => {
    const iso = { ...settings, time: 'isostring' } as const;
    const text = (type: string, value: string): unknown =>
      columnType(types, names.indexOf(type), -1, iso)?.decode(new RowBytes(Buffer.from(value)), 0, value.length);
    expect(text('time', '24:00:00')).toBe('00:00:00Z');
    expect(text('timestamp', 'infinity')).toBe('+294247-01-10T04:00:25.2Z');
  });

  test('an array of more dimensions than its schema has is refused', () => {
    expect(() => decode('_int4', '{{1,2},{3,4}}')).toThrow('more than one dimension');
  });
});
