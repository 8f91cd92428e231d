import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lsnText, parseLsn, readLsn, writeLsn } from './lsn.ts';
import { PgOutputDecoder } from './pgoutput.ts';

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};
const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

const decode = (...parts: readonly (Buffer | string)[]): unknown => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const around = Buffer.from([1, 2, 3]);
  return new PgOutputDecoder().decode(Buffer.concat([around, body, around]), around.length, around.length + body.length);
};

const lsn = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });

describe('pgoutput', () => {
  test('begin tells place, time and transaction', () => {
    fc.assert(
      fc.property(lsn, fc.integer({ min: -600_000_000, max: 600_000_000 }), fc.nat(0xffffffff), (commit, seconds, xid) => {
        expect(decode('B', int64(commit), int64(BigInt(seconds) * 1_000_000n + 7n), int32(xid))).toEqual({
          kind: 'begin',
          commitLsn: Number(commit),
          timeMicros: seconds * 1_000_000 + 7 + 946_684_800_000_000,
          xid,
        });
      }),
    );
  });

  test('commit tells its end', () => {
    expect(decode('C', Buffer.from([0]), int64(5n), int64(1n << 40n), int64(0n))).toEqual({ kind: 'commit', endLsn: 2 ** 40 });
  });

  test('a relation survives with names of any kind', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));
    const column = fc.record({ name, typeId: fc.nat(0xffffffff), typeModifier: fc.integer(), isIdentity: fc.boolean() });
    fc.assert(
      fc.property(name, name, fc.array(column), fc.nat(0xffffffff), (schema, table, columns, id) => {
        const body = columns.flatMap((entry) => [
          Buffer.from([entry.isIdentity ? 1 : 0]),
          text(entry.name),
          int32(entry.typeId),
          int32(entry.typeModifier),
        ]);
        expect(decode('R', int32(id), text(schema), text(table), 'd', int16(columns.length), ...body)).toEqual({
          kind: 'relation',
          id,
          schema,
          name: table,
          identity: 'd',
          columns,
        });
      }),
    );
  });

  test.each(['I', 'U', 'D'])('rows of relations that are not captured are stepped over (%s)', (type) => {
    expect(decode(type, int32(1), 'N', int16(1), 'n')).toEqual({ kind: 'skipped' });
  });

  test.each([true, false])('a logical message has its prefix and its bytes (transactional: %s)', (isTransactional) => {
    const content = Buffer.from([1, 2, 3]);
    const said = decode('M', Buffer.of(Number(isTransactional)), int64(7n), text('app'), int32(content.length), content);
    expect(said).toEqual({ kind: 'message', isTransactional, prefix: 'app', content });
  });

  test('a type does not concern rows', () => {
    expect(decode('Y', int64(0n), text('x'))).toEqual({ kind: 'skipped' });
  });

  test.each([
    [0n, null],
    [7n, 7],
  ])('an origin has its name, and its position unless it knows none (%s)', (lsn, told) => {
    expect(decode('O', int64(lsn), text('x'))).toEqual({ kind: 'origin', name: 'x', lsn: told });
  });

  test('an unknown message is a named bug', () => {
    expect(() => decode('Z')).toThrow(expect.objectContaining({ code: 'postgres.protocol' }));
  });
});

describe('log sequence numbers', () => {
  test('survive bytes and text', () => {
    fc.assert(
      fc.property(lsn, (value) => {
        const bytes = Buffer.alloc(8);
        writeLsn(bytes, Number(value), 0);
        expect(bytes.readBigUInt64BE()).toBe(value);
        expect(readLsn(bytes, 0)).toBe(Number(value));
        expect(parseLsn(lsnText(Number(value)))).toBe(Number(value));
      }),
    );
  });

  test.each(['', 'x/y', '1', '1/2/3'])('%p is refused', (value) => {
    expect(() => parseLsn(value)).toThrow(TypeError);
  });
});
