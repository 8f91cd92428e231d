import type { BinaryForm, Schema } from '@headrace/connector-api';
import { hasReaction } from '@headrace/foundation';

/** A value in its binary form; undefined when the schema has no room for it. */
export const fragment = (form: BinaryForm, schema: Schema, value: unknown): Uint8Array | undefined => {
  if (!schema.isOptional && (value === null || value === undefined)) return undefined;
  try {
    return form.bytesOf(schema, value);
  } catch (error) {
    // Whoever writes such a value gives up, and it is met as an object and reported there.
    if (hasReaction(error, 'record')) return undefined;
    throw error;
  }
};
