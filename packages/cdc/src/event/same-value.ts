import { Struct } from '@headrace/connector-api';

/** Equality of physical values of one schema. */
export const sameValue = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left === 'number') return Number.isNaN(left) && Number.isNaN(right);
  if (left === null || right === null || typeof left !== 'object') return false;
  return sameObject(left, right);
};

const sameObject = (left: object, right: unknown): boolean => {
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  if (left instanceof Struct) return right instanceof Struct && sameValues(left.values, right.values);
  if (Array.isArray(left)) return Array.isArray(right) && sameValues(left, right);
  if (left instanceof Map && right instanceof Map && left.size === right.size) {
    return [...left].every(([key, value]) => sameValue(value, right.get(key)));
  }
  return false;
};

/** Position by position. */
export const sameValues = (left: readonly unknown[], right: readonly unknown[]): boolean => {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (!sameValue(left[index], right[index])) return false;
  }
  return true;
};
