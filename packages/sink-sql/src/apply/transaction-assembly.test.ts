import type { SinkRecord } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errors } from '../errors.ts';
import type { TransactionMark } from '../record/transaction-mark.ts';
import { TransactionAssembly } from './transaction-assembly.ts';

interface Delivery {
  readonly record: SinkRecord;
  readonly mark: TransactionMark;
}

/** Only its place counts here. */
const recordAt = (topic: string, offset: number): SinkRecord => {
  const original = { topic, partition: 0, offset: BigInt(offset) };
  return { ...original, original, keySchema: null, key: null, valueSchema: null, value: null, headers: [], timestamp: 0 };
};

const placeOf = ({ original }: SinkRecord): string => `${original.topic}@${String(original.offset)}`;

/** A history in the order of the source's log: the table of each change, by transaction; `-` stands for a tombstone after it. */
const histories = fc.array(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 5 }), { maxLength: 8 });

interface Told {
  readonly topics: ReadonlyMap<string, Delivery[]>;
  /** Places by transaction, in the order in which they must be applied. */
  readonly expected: string[][];
}

const tell = (history: readonly (readonly (readonly [string, boolean])[])[]): Told => {
  const topics = new Map<string, Delivery[]>([['tx', []]]);
  const deliver = (topic: string, mark: TransactionMark): string => {
    const deliveries = topics.get(topic) ?? [];
    topics.set(topic, deliveries);
    const record = recordAt(topic, deliveries.length);
    deliveries.push({ record, mark });
    return placeOf(record);
  };
  const expected = history.map((changes, number) => {
    const id = String(number);
    const begin = deliver('tx', { kind: 'begin', id });
    const places = changes.flatMap(([table, hasTombstone], index) => {
      const change = deliver(table, { kind: 'event', id, order: index + 1 });
      return hasTombstone ? [change, deliver(table, { kind: 'none' })] : [change];
    });
    return [...places, begin, deliver('tx', { kind: 'end', id, count: changes.length })];
  });
  return { topics, expected };
};

/** Some order of all deliveries that keeps the order within each topic. */
const interleave = (topics: Told['topics'], choices: readonly number[]): Delivery[] => {
  const queues = [...topics.values()].map((deliveries) => [...deliveries]);
  const result: Delivery[] = [];
  for (let step = 0; queues.some((queue) => queue.length > 0); step += 1) {
    const filled = queues.filter((queue) => queue.length > 0);
    const next = filled[(choices[step % Math.max(1, choices.length)] ?? 0) % filled.length]?.shift();
    if (next !== undefined) result.push(next);
  }
  return result;
};

const placesOf = (taken: readonly { readonly records: readonly { readonly record: SinkRecord }[] }[]): string[][] =>
  taken.map(({ records }) => records.map(({ record }) => placeOf(record)));

describe('Source transactions that come through several partitions', () => {
  test('are given whole and in the order of their commits, however the partitions interleave', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(7), { minLength: 1 }), (history, choices) => {
        const { topics, expected } = tell(history);
        const assembly = new TransactionAssembly(1_000);
        const given: string[][] = [];
        for (const { record, mark } of interleave(topics, choices)) {
          assembly.add({ record, change: null }, mark);
          given.push(...placesOf(assembly.take()));
        }
        // A tombstone may come late enough to stand alone; what is marked never does.
        const whole = (places: string[][]): string[] => places.map((all) => [...all].sort().join(' '));
        const together = given.filter((places) => places.some((place) => place.startsWith('tx@')));
        const alone = new Set(given.filter((places) => !together.includes(places)).flat());
        expect(whole(together)).toEqual(whole(expected.map((places) => places.filter((place) => !alone.has(place)))));
        expect(given.flat()).toHaveLength(expected.flat().length);
        expect(assembly.waiting()).toEqual([]);
      }),
    );
  });

  test('that wait hold back the positions of their first records, and of nothing else', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(7), { minLength: 1 }), fc.nat(60), (history, choices, stop) => {
        const { topics } = tell(history);
        const assembly = new TransactionAssembly(1_000);
        const open = new Map<string, SinkRecord>();
        for (const { record, mark } of interleave(topics, choices).slice(0, stop)) {
          open.set(placeOf(record), record);
          assembly.add({ record, change: null }, mark);
          for (const place of placesOf(assembly.take()).flat()) open.delete(place);
        }
        const first = new Map<string, bigint>();
        for (const { original } of open.values()) {
          const earlier = first.get(original.topic);
          if (earlier === undefined || original.offset < earlier) first.set(original.topic, original.offset);
        }
        expect(new Map(assembly.waiting().map(({ topic, offset }) => [topic, offset]))).toEqual(first);
      }),
    );
  });

  test('are refused where more records wait than may', () => {
    const assembly = new TransactionAssembly(2);
    const add = (offset: number): void => {
      assembly.add({ record: recordAt('a', offset), change: null }, { kind: 'event', id: '1', order: offset + 1 });
    };
    add(0);
    add(1);
    let thrown: unknown;
    try {
      add(2);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, errors.transaction_too_large.code)).toBe(true);
  });

  test('are refused where the source marks no transactions', () => {
    const assembly = new TransactionAssembly(2);
    expect(() => {
      assembly.add({ record: recordAt('a', 0), change: null }, { kind: 'unmarked' });
    }).toThrow('provide.transaction.metadata');
  });
});
