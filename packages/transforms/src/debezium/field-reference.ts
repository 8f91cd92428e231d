import { Struct, withOptional, type Schema, type StructSchema } from '@headrace/connector-api';

/** One entry of `add.fields` or `add.headers`: a field of the envelope, and the name it gets. */
export interface FieldReference {
  /** Block of the envelope; undefined: the envelope itself. */
  readonly block: string | undefined;
  readonly field: string;
  readonly newName: string;
}

const envelopeFields: ReadonlySet<string> = new Set(['op', 'ts_ms', 'ts_us', 'ts_ns']);
const transactionFields: ReadonlySet<string> = new Set(['id', 'total_order', 'data_collection_order']);

const blockOf = (field: string): string | undefined => {
  if (envelopeFields.has(field)) return undefined;
  return transactionFields.has(field) ? 'transaction' : 'source';
};

/** `field`, `block.field`, either with `:newname`; the prefix comes before the new name as well. */
export const parseFieldReference = (text: string, prefix: string): FieldReference => {
  const [path = '', newName] = text.split(':').map((part) => part.trim());
  const dot = path.indexOf('.');
  const block = dot < 0 ? blockOf(path) : path.slice(0, dot);
  const field = dot < 0 ? path : path.slice(dot + 1);
  const name = newName ?? (dot < 0 ? field : `${path.slice(0, dot)}_${field}`);
  return { block, field, newName: prefix + name };
};

/** A reference bound to one envelope schema. */
export interface BoundReference {
  readonly newName: string;
  /** Optional, whatever the field is: old records and other operations may lack it. */
  readonly schema: Schema;
  readonly read: (envelope: Struct) => unknown;
}

/** undefined when the envelope has no such field: one list serves connectors of several databases. */
export const bindReference = (reference: FieldReference, envelope: StructSchema): BoundReference | undefined => {
  const { block, field, newName } = reference;
  const owner = block === undefined ? envelope : envelope.fields.find(({ name }) => name === block)?.schema;
  const found = owner?.type === 'struct' ? owner.fields.find(({ name }) => name === field) : undefined;
  if (found === undefined) return undefined;
  return {
    newName,
    schema: withOptional(found.schema, true),
    read: (struct) => {
      const holder = block === undefined ? struct : struct.get(block);
      return holder instanceof Struct ? (holder.values[found.index] ?? null) : null;
    },
  };
};
