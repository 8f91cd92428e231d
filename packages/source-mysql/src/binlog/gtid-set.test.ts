import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MariadbGtidSet, MysqlGtidSet } from './gtid-set.ts';

const uuids = ['3e11fa47-71ca-11e1-9e33-c80aa9429562', '3e11fa47-71ca-11e1-9e33-c80aa9429563'] as const;

const transactions = fc.array(fc.record({ source: fc.constantFrom(...uuids), number: fc.integer({ min: 1, max: 40 }) }), { maxLength: 60 });

/** The members of a set, from its text, one by one. */
const members = (text: string): Set<string> => {
  const all = new Set<string>();
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [source = '', ...intervals] = part.split(':');
    for (const interval of intervals) {
      const [first = 0, last = first] = interval.split('-').map(Number);
      for (let number = first; number <= last; number += 1) all.add(`${source}:${String(number)}`);
    }
  }
  return all;
};

describe('GTID sets of MySQL', () => {
  test('a set has exactly what was added, whatever the order, in ascending intervals that do not touch', () => {
    fc.assert(
      fc.property(transactions, (added) => {
        const set = new MysqlGtidSet();
        for (const { source, number } of added) set.add(`${source}:${String(number)}`);
        expect(members(set.toString())).toEqual(new Set(added.map(({ source, number }) => `${source}:${String(number)}`)));
        expect(MysqlGtidSet.parse(set.toString()).toString()).toBe(set.toString());
        for (const part of set.toString().split(',')) {
          const bounds = part
            .split(':')
            .slice(1)
            .flatMap((interval) => {
              const [first = 0, last = first] = interval.split('-').map(Number);
              return [first, last];
            });
          for (let index = 2; index < bounds.length; index += 2) expect(bounds[index]).toBeGreaterThan((bounds[index - 1] ?? 0) + 1);
        }
      }),
    );
  });

  test('the encoded form has for each source half-open intervals', () => {
    const bytes = MysqlGtidSet.parse(`${uuids[0]}:1-5:7`).encode();
    expect(bytes.readBigUInt64LE(0)).toBe(1n);
    expect(bytes.toString('hex', 8, 24)).toBe(uuids[0].replaceAll('-', ''));
    const numbers = Array.from({ length: 5 }, (_, index) => bytes.readBigUInt64LE(24 + index * 8));
    expect(numbers).toEqual([2n, 1n, 6n, 7n, 8n]);
    expect(bytes.length).toBe(64);
  });

  test('line breaks, blanks and upper case, as the server prints and people write them, are read', () => {
    expect(MysqlGtidSet.parse(`${uuids[0].toUpperCase()}:1-3,\n ${uuids[1]}:9`).toString()).toBe(`${uuids[0]}:1-3,${uuids[1]}:9`);
  });

  test('tags are kept apart from the untagged transactions', () => {
    const set = MysqlGtidSet.parse(`${uuids[0]}:1-3:backup:1-2`);
    expect(set.hasTags).toBe(true);
    expect(set.toString()).toBe(`${uuids[0]}:1-3,${uuids[0]}:backup:1-2`);
    set.add(`${uuids[0]}:backup:3`);
    set.add(`${uuids[0]}:4`);
    expect(set.toString()).toBe(`${uuids[0]}:1-4,${uuids[0]}:backup:1-3`);
  });

  test('the encoded form with tags has its mark and the number of sources in front, and a tag behind each UUID', () => {
    const bytes = MysqlGtidSet.parse(`${uuids[0]}:1-3,${uuids[0]}:backup:2`).encode();
    const uuid = uuids[0].replaceAll('-', '');
    expect(bytes.toString('hex')).toBe(
      [
        '0102000000000001',
        `${uuid}00`,
        '0100000000000000',
        '0100000000000000',
        '0400000000000000',
        `${uuid}0c6261636b7570`,
        '0100000000000000',
        '0200000000000000',
        '0300000000000000',
      ].join(''),
    );
  });

  test.each(['nonsense', `${uuids[0]}:0`, `${uuids[0]}:5-3`, `${uuids[0]}:x-`, '0-1-5'])('%p is refused', (text) => {
    expect(() => MysqlGtidSet.parse(text)).toThrow(RangeError);
  });
});

test('sets are divided by source and put together again, of MariaDB by the higher number of each domain', () => {
  const set = MysqlGtidSet.parse(`${uuids[0]}:1-3:7,${uuids[0]}:backup:1,${uuids[1]}:5`);
  expect(set.only((uuid) => uuid === uuids[0]).toString()).toBe(`${uuids[0]}:1-3:7,${uuids[0]}:backup:1`);
  const rest = set.only((uuid) => uuid === uuids[1]);
  rest.addAll(MysqlGtidSet.parse(`${uuids[1]}:1-4,${uuids[0]}:9`));
  expect(rest.toString()).toBe(`${uuids[1]}:1-5,${uuids[0]}:9`);
  expect(set.toString()).toBe(`${uuids[0]}:1-3:7,${uuids[0]}:backup:1,${uuids[1]}:5`);
  const position = MariadbGtidSet.parse('0-1-5,77-1-2');
  expect(position.only((domain) => domain === '77').toString()).toBe('77-1-2');
  position.addAll(MariadbGtidSet.parse('0-2-4,77-3-9,5-1-1'));
  expect(position.toString()).toBe('0-1-5,77-3-9,5-1-1');
});

describe('GTID positions of MariaDB', () => {
  test('each domain has its last transaction', () => {
    const set = MariadbGtidSet.parse('0-1-5,1-3-9');
    set.add('0-2-6');
    expect(set.toString()).toBe('0-2-6,1-3-9');
  });

  test('where a domain is named twice the higher number counts, beyond 2^53 too', () => {
    expect(MariadbGtidSet.parse('0-1-9007199254740993,0-2-9007199254740992').toString()).toBe('0-1-9007199254740993');
  });

  test('an empty text is an empty position, anything else is refused', () => {
    expect(MariadbGtidSet.parse('').isEmpty).toBe(true);
    expect(() => MariadbGtidSet.parse(`${uuids[0]}:1`)).toThrow(RangeError);
  });
});
