import { type Field, type Schema, type SinkRecord, Struct, type StructSchema } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { errors } from '../errors.ts';
import type { RowColumn } from '../table/table.ts';
import { logicalTypeOf } from '../types/logical-type.ts';
import type { FieldFilter } from './field-filter.ts';
import type { RecordForm } from './record-form.ts';

/** Where a field stands: in the struct of the key, or in that of the row. */
export interface FieldPlace {
  readonly part: 'key' | 'row';
  readonly index: number;
}

/** A column and how its value is found. `row` is null for a delete, which has key columns only. */
export interface LayoutColumn extends RowColumn {
  /** undefined: it is no field of a struct. */
  readonly place: FieldPlace | undefined;
  readonly read: (record: SinkRecord, row: Struct | null) => unknown;
}

/** Columns of the records of one topic and one pair of schemas, the key first. */
export interface RecordLayout {
  readonly columns: readonly LayoutColumn[];
  readonly keyCount: number;
}

export interface LayoutOptions {
  readonly keyMode: 'none' | 'kafka' | 'record_key' | 'record_value';
  readonly keyFields: readonly string[];
  readonly filter: FieldFilter;
  /** As the target's unquoted names would be stored, or as they are. */
  columnName(field: string): string;
}

interface Origin {
  readonly read: LayoutColumn['read'];
  readonly place: FieldPlace | undefined;
}

const inKey = ({ index }: Field): Origin => ({
  place: { part: 'key', index },
  read: (record) => (record.key instanceof Struct ? record.key.values[index] : undefined),
});

const inRow = ({ index }: Field): Origin => ({ place: { part: 'row', index }, read: (_, row) => row?.values[index] });

const ofRecord = (read: LayoutColumn['read']): Origin => ({ place: undefined, read });

const columnOf = (field: Field, isKey: boolean, origin: Origin, options: LayoutOptions): LayoutColumn => {
  const type = logicalTypeOf(field.schema);
  if (type === undefined) {
    const name = field.schema.name ?? field.schema.type;
    throw new TaskFailure(
      errors.unsupported_type.code,
      `Field "${field.name}" has the type ${name}, which no column can hold. Leave it out with field.exclude.list or flatten it with a transform.`,
    );
  }
  const { isOptional, defaultValue, parameters } = field.schema;
  const sourceType = parameters?.['__debezium.source.column.type']?.toUpperCase();
  return { name: options.columnName(field.name), type, isKey, isOptional, defaultValue, sourceType, ...origin };
};

const noKey = (topic: string, reason: string): TaskFailure =>
  new TaskFailure(
    errors.no_key.code,
    `Topic "${topic}" ${reason}. Give the source table a primary key, or set primary.key.mode=record_value with primary.key.fields.`,
  );

const keyOfRecord = (topic: string, keySchema: Schema | null, options: LayoutOptions): LayoutColumn[] => {
  if (keySchema === null) throw noKey(topic, 'has records without a key, and primary.key.mode=record_key needs one');
  if (keySchema.type !== 'struct') {
    const [name, ...others] = options.keyFields;
    if (name === undefined || others.length > 0) {
      throw noKey(topic, 'has a key that is no struct: primary.key.fields must give its column one name');
    }
    return [
      columnOf(
        { name, index: 0, schema: keySchema },
        true,
        ofRecord(({ key }) => key),
        options,
      ),
    ];
  }
  const names = options.keyFields.length > 0 ? options.keyFields : keySchema.fields.map(({ name }) => name);
  return names.map((name) => {
    const field = keySchema.fields[keySchema.indexByName.get(name) ?? -1];
    if (field === undefined) throw noKey(topic, `has no field "${name}" in its key, which primary.key.fields names`);
    return columnOf(field, true, inKey(field), options);
  });
};

const keyOfRow = (topic: string, row: StructSchema | null, options: LayoutOptions): LayoutColumn[] =>
  options.keyFields.map((name) => {
    const field = row?.fields[row.indexByName.get(name) ?? -1];
    if (field === undefined) throw noKey(topic, `has no field "${name}" in its rows, which primary.key.fields names`);
    return columnOf(field, true, inRow(field), options);
  });

const required = (type: 'string' | 'int32' | 'int64'): Schema => ({ type, isOptional: false });

/** Names of Kafka Connect's JDBC sink for the place of a record. */
const keyOfKafka = (options: LayoutOptions): LayoutColumn[] => [
  columnOf(
    { name: '__connect_topic', index: 0, schema: required('string') },
    true,
    ofRecord(({ original }) => original.topic),
    options,
  ),
  columnOf(
    { name: '__connect_partition', index: 1, schema: required('int32') },
    true,
    ofRecord(({ original }) => original.partition),
    options,
  ),
  columnOf(
    { name: '__connect_offset', index: 2, schema: required('int64') },
    true,
    ofRecord(({ original }) => original.offset),
    options,
  ),
];

const keyColumns = (topic: string, keySchema: Schema | null, row: StructSchema | null, options: LayoutOptions): LayoutColumn[] => {
  switch (options.keyMode) {
    case 'none':
      return [];
    case 'kafka':
      return keyOfKafka(options);
    case 'record_key':
      return keyOfRecord(topic, keySchema, options);
    case 'record_value':
      return keyOfRow(topic, row, options);
  }
};

/** Pure; computed once per topic and pair of schema objects. TaskFailure when there is no key or a type has no column. */
export const layoutOf = (topic: string, keySchema: Schema | null, form: RecordForm, options: LayoutOptions): RecordLayout => {
  const key = keyColumns(topic, keySchema, form.row, options);
  const taken = new Set(key.map(({ name }) => name));
  const rest: LayoutColumn[] = [];
  for (const field of form.row?.fields ?? []) {
    const isMarker = field.index === form.deletedIndex;
    if (isMarker || taken.has(options.columnName(field.name)) || !options.filter(topic, field.name)) continue;
    rest.push(columnOf(field, false, inRow(field), options));
  }
  return { columns: [...key, ...rest], keyCount: key.length };
};
