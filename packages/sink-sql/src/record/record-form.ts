import type { FieldChoice, Schema, StructSchema } from '@headrace/connector-api';

/**
 * How a value schema is to be read. `row` is the struct of columns: `after` of a change event, the value itself of a flat
 * record, null where there is no value.
 */
export interface RecordForm {
  readonly kind: 'envelope' | 'flat' | 'tombstone' | 'ignored';
  readonly row: StructSchema | null;
  readonly opIndex: number;
  readonly afterIndex: number;
  readonly sourceIndex: number;
  /** Field `__deleted` of a flattened record; -1 where there is none, or where it is an ordinary column. */
  readonly deletedIndex: number;
}

const NONE = { row: null, opIndex: -1, afterIndex: -1, sourceIndex: -1, deletedIndex: -1 } as const;

/** Records of Debezium that are not about rows. */
const isAboutNoRow = (name: string): boolean =>
  name.endsWith('SchemaChangeValue') ||
  name === 'io.debezium.connector.common.Heartbeat' ||
  name === 'io.debezium.connector.common.TransactionMetadataValue' ||
  name === 'io.debezium.connector.postgresql.MessageValue';

const indexOf = (schema: StructSchema, name: string): number => schema.indexByName.get(name) ?? -1;

const isEnvelope = (schema: StructSchema): boolean =>
  schema.name?.endsWith('.Envelope') === true ||
  (schema.name === undefined && schema.indexByName.has('op') && schema.indexByName.has('after'));

/**
 * The form of values of `schema`; undefined when there are no columns to find in it. A change event is told by its schema's
 * name (`<topic>.Envelope`). `appliesDeletes`: `__deleted` marks deletes instead of being a column.
 */
export const formOf = (schema: Schema | null, appliesDeletes: boolean): RecordForm | undefined => {
  if (schema === null) return { kind: 'tombstone', ...NONE };
  if (schema.type !== 'struct') return undefined;
  if (isAboutNoRow(schema.name ?? '')) return { kind: 'ignored', ...NONE };
  if (!isEnvelope(schema)) {
    return { ...NONE, kind: 'flat', row: schema, deletedIndex: appliesDeletes ? indexOf(schema, '__deleted') : -1 };
  }
  const afterIndex = indexOf(schema, 'after');
  const after = schema.fields[afterIndex]?.schema;
  if (after?.type !== 'struct') return undefined;
  return { ...NONE, kind: 'envelope', row: after, afterIndex, opIndex: indexOf(schema, 'op'), sourceIndex: indexOf(schema, 'source') };
};

/** What is read of a value: all of a flat record, of a change event its operation, its new row and what else is named. */
export const fieldsRead =
  (others: readonly string[]): FieldChoice =>
  (schema) =>
    formOf(schema, false)?.kind === 'envelope' ? new Set(['op', 'after', ...others]) : undefined;
