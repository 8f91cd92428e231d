import type { JsonMap, JsonValue } from '@headrace/connector-api';
import type * as wire from '@headrace/rest-contract';
import type { ConnectorKind, ConnectorOffsets, OffsetsAlteration } from '@headrace/runtime';
import { canonicalText } from '../json-text.ts';
import { badRequest } from './config-input.ts';

/** Positions as the wire has them; bigint stays and is written as a number. */
export const connectorOffsets = (offsets: ConnectorOffsets): wire.ConnectorOffsets => ({
  offsets:
    offsets.kind === 'source'
      ? offsets.positions.map(({ partition, offset }) => ({ partition, offset }))
      : offsets.positions.map(({ topic, partition, offset }) => ({
          partition: { kafka_partition: partition, kafka_topic: topic },
          offset: { kafka_offset: offset },
        })),
});

interface Entry {
  readonly partition: JsonMap;
  readonly offset: JsonMap | null;
}

/** What a PATCH asks for, checked; of entries for one partition the last counts. Throws RequestError 400. */
export const offsetsAlteration = (kind: ConnectorKind, entries: readonly Entry[]): OffsetsAlteration => {
  if (kind === 'source') {
    for (const entry of entries) requirePrimitives(entry);
    return { kind, positions: lastOfEach(entries, ({ partition }) => canonicalText(partition)) };
  }
  if (kind === 'sink') {
    return { kind, positions: lastOfEach(entries.map(sinkPosition), ({ topic, partition }) => canonicalText([topic, partition])) };
  }
  throw badRequest("The connector's class is not installed here, so that its offsets cannot be altered");
};

/** The entries of a body, each with its partition; an empty list is refused. */
export const offsetEntries = (input: wire.OffsetsInput): readonly Entry[] => {
  if (input.offsets === undefined || input.offsets === null || input.offsets.length === 0) {
    throw badRequest('Partitions / offsets need to be provided for an alter offsets request');
  }
  return input.offsets.map(({ partition, offset }) => {
    if (partition === undefined || partition === null) throw badRequest('The partition of an offset may not be null or missing');
    return { partition: partition as JsonMap, offset: (offset ?? null) as JsonMap | null };
  });
};

const lastOfEach = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
];

const requirePrimitives = ({ partition, offset }: Entry): void => {
  const found = [...Object.entries(partition), ...Object.entries(offset ?? {})].find(
    ([, value]) => typeof value === 'object' && value !== null,
  );
  if (found !== undefined)
    throw badRequest(`The value of "${found[0]}" in a partition or offset must be a string, number, boolean or null`);
};

type SinkPosition = Extract<OffsetsAlteration, { readonly kind: 'sink' }>['positions'][number];

const sinkPosition = ({ partition, offset }: Entry): SinkPosition => {
  const topic = partition['kafka_topic'];
  if (typeof topic !== 'string') throw badRequest('The partition of a sink connector\'s offset must have a "kafka_topic"');
  const number = integerOf(partition['kafka_partition'], 31n);
  if (number === undefined) throw badRequest('The "kafka_partition" of a sink connector\'s offset must be a 32-bit integer from 0');
  if (offset === null) return { topic, partition: Number(number), offset: null };
  const position = integerOf(offset['kafka_offset'], 63n);
  if (position === undefined) throw badRequest('The "kafka_offset" of a sink connector\'s offset must be a 64-bit integer from 0');
  return { topic, partition: Number(number), offset: position };
};

/** A whole number below 2^bits, given as a number or as its text. */
const integerOf = (value: JsonValue | undefined, bits: bigint): bigint | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  if (!/^\d{1,19}$/.test(String(value))) return undefined;
  const number = BigInt(value);
  return number < 1n << bits ? number : undefined;
};
