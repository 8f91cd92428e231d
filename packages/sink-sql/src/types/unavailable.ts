import { createHash } from 'node:crypto';
import type { LogicalType } from './logical-type.ts';

/** Says whether a value stands for "did not change, was not sent": an unchanged TOAST column of PostgreSQL. */
export type IsUnavailable = (value: unknown) => boolean;

/** Java's UUID.nameUUIDFromBytes: MD5 with version 3 and the IETF variant. */
const nameUuid = (text: string): string => {
  const hash = createHash('md5').update(text).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x30;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

const equals = (value: unknown, expected: Uint8Array): boolean => {
  const bytes = value as Uint8Array;
  return bytes.length === expected.length && Buffer.compare(bytes, expected) === 0;
};

const itemTest = (items: LogicalType, placeholder: string): IsUnavailable => {
  const bytes = Buffer.from(placeholder);
  switch (items.kind) {
    case 'bytes':
      return (value) => equals(value, bytes);
    case 'uuid': {
      const uuid = nameUuid(placeholder);
      return (value) => value === uuid;
    }
    default:
      return (value) => value === placeholder;
  }
};

/** Integers and dates: one element per byte of the placeholder. */
const spelledOut = (placeholder: string): IsUnavailable => {
  const bytes = [...Buffer.from(placeholder)];
  return (value) => {
    const items = value as readonly unknown[];
    return items.length === bytes.length && bytes.every((byte, index) => items[index] === byte);
  };
};

const arrayTest = (items: LogicalType, placeholder: string): IsUnavailable => {
  if (items.kind === 'integer' || items.kind === 'date') return spelledOut(placeholder);
  const isPlaceholder = itemTest(items, placeholder);
  return (value) => {
    const list = value as readonly unknown[];
    return list.length === 1 && list[0] !== null && isPlaceholder(list[0]);
  };
};

/** The test for columns of a type; undefined for types whose values are never left out. */
export const unavailableTest = (type: LogicalType, placeholder: string): IsUnavailable | undefined => {
  switch (type.kind) {
    case 'string':
    case 'xml':
    case 'enum':
      return (value) => value === placeholder;
    case 'json': {
      // hstore travels as JSON, with the placeholder for key and value.
      const pair = JSON.stringify({ [placeholder]: placeholder });
      return (value) => value === placeholder || value === pair;
    }
    case 'bytes': {
      const bytes = Buffer.from(placeholder);
      return (value) => equals(value, bytes);
    }
    case 'array':
      return arrayTest(type.items, placeholder);
    case 'map':
      return (value) => (value as Map<unknown, unknown>).get(placeholder) === placeholder;
    default:
      return undefined;
  }
};
