import type { Schema } from '../schema.ts';
import { ExactNumber } from './exact-json.ts';

/** Whether JSON has the form of a schema, as far as its outermost layer tells: how a reader finds the branch of a union. */
export const isOfSchema = (schema: Schema, json: unknown): boolean => {
  if (schema.type === 'struct') return isObject(json) && Object.keys(json).every((name) => schema.indexByName.has(name));
  return forms[schema.type](json);
};

const isObject = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof ExactNumber);

const isWhole = (json: unknown): boolean => typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json));

const isNumber = (json: unknown): boolean => typeof json === 'number' || typeof json === 'bigint' || json instanceof ExactNumber;

const forms: Readonly<Record<Exclude<Schema['type'], 'struct'>, (json: unknown) => boolean>> = {
  int8: isWhole,
  int16: isWhole,
  int32: isWhole,
  int64: isWhole,
  float32: isNumber,
  float64: isNumber,
  boolean: (json) => typeof json === 'boolean',
  string: (json) => typeof json === 'string',
  // A decimal may be either.
  bytes: (json) => typeof json === 'string' || isNumber(json),
  array: (json) => Array.isArray(json),
  map: (json) => isObject(json) || Array.isArray(json),
};
