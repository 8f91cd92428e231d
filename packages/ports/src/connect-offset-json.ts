import type { JsonMap, JsonValue } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { kafkaErrors } from './kafka-errors.ts';

/** JSON as Kafka Connect's converter writes it: compact, members in their order, integers of any size as digits. */
export const connectJson = (value: JsonValue): string => {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(connectJson).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${connectJson(member)}`);
  return `{${members.join(',')}}`;
};

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** The same text for maps with the same members in any order: to compare partitions. */
export const canonicalJson = (value: JsonValue): string => {
  if (typeof value !== 'object' || value === null) return connectJson(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
};

/** What the reviver of JSON.parse gets in Node.js 24 beside key and value: the digits as they were written. */
interface ReviverContext {
  readonly source?: string;
}

const parseExactly: (text: string, reviver: (name: string, value: unknown, context?: ReviverContext) => unknown) => unknown = JSON.parse;

const integerPattern = /^-?\d+$/;

/** Parses JSON; integers beyond 2^53 come out as bigint. SyntaxError when it is none. */
export const parseConnectJson = (text: string): JsonValue =>
  parseExactly(text, (_name, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return integerPattern.test(source) ? BigInt(source) : value;
  }) as JsonValue;

/** Key of a position: `["<connector>",{partition}]`. */
export const offsetKey = (connector: string, partition: JsonMap): Buffer => Buffer.from(connectJson([connector, partition]));

export interface OffsetKey {
  readonly connector: string;
  readonly partition: JsonMap;
}

const isMap = (value: JsonValue | undefined): value is JsonMap => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a key; undefined for one of another form: the topic may hold what other programs wrote. */
export const parseOffsetKey = (key: Uint8Array): OffsetKey | undefined => {
  try {
    const parsed = parseConnectJson(Buffer.from(key).toString('utf8'));
    if (!Array.isArray(parsed)) return undefined;
    const [connector, partition] = parsed as readonly JsonValue[];
    return typeof connector === 'string' && isMap(partition) ? { connector, partition } : undefined;
  } catch {
    return undefined;
  }
};

/** Reads a value. TaskFailure `kafka.offsets_unreadable`: guessing a position would lose or repeat data. */
export const parseOffsetValue = (value: Uint8Array, connector: string): JsonMap => {
  const refuse = (cause?: unknown): TaskFailure =>
    new TaskFailure(
      kafkaErrors.offsets_unreadable.code,
      `A stored offset of connector "${connector}" is not a JSON object. ${kafkaErrors.offsets_unreadable.hint}`,
      { cause },
    );
  let parsed: JsonValue;
  try {
    parsed = parseConnectJson(Buffer.from(value).toString('utf8'));
  } catch (error) {
    throw refuse(error);
  }
  if (!isMap(parsed)) throw refuse();
  return parsed;
};
