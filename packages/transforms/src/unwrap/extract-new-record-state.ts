import {
  primitive,
  Struct,
  structOf,
  type ConnectRecord,
  type Header,
  type StructSchema,
  type Transform,
  type TransformPlugin,
} from '@headrace/connector-api';
import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { missingField } from '../shape/side.ts';
import { basicsOf, planCache } from '../shape/struct-transform.ts';
import { bindReference, parseFieldReference, type BoundReference, type FieldReference } from './field-reference.ts';

const MODES = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const;

const unsupported = (only: string, doc: string) =>
  ({ default: only, importance: 'LOW', doc: `${doc} Only ${only === '' ? 'an empty value' : only} is supported.` }) as const;
const notSupported = 'not supported, leave it at its default';

const keys = {
  'delete.tombstone.handling.mode': {
    type: 'STRING',
    default: 'tombstone',
    values: MODES,
    ignoreCase: true,
    importance: 'MEDIUM',
    doc: 'What becomes of a delete event and of the tombstone behind it.',
  },
  'add.fields': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Fields of the envelope added to the row: field, block.field, field:newname.',
  },
  'add.fields.prefix': { type: 'STRING', default: '__', importance: 'LOW', doc: 'Prefix of their names.' },
  'add.headers': { type: 'LIST', default: '', importance: 'LOW', doc: 'Fields of the envelope added as headers.' },
  'add.headers.prefix': { type: 'STRING', default: '__', importance: 'LOW', doc: 'Prefix of their names.' },
  'route.by.field': { type: 'STRING', default: '', importance: 'LOW', doc: 'Column whose value becomes the topic.' },
  'replace.null.with.default': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: "Read a null as the default of its column. Unlike in Debezium the default is false: a copy must hold the source's nulls.",
  },
  'drop.fields.header.name': {
    type: 'STRING',
    ...unsupported('', 'Header that lists fields to drop.'),
    validate: (text: string) => (text === '' ? undefined : notSupported),
  },
  'drop.fields.from.key': {
    type: 'BOOLEAN',
    ...unsupported('false', 'Drop them from the key, too.'),
    validate: (isSet: boolean) => (isSet ? notSupported : undefined),
  },
  'drop.fields.keep.schema.compatible': { type: 'BOOLEAN', default: 'true', importance: 'LOW', doc: 'Only for fields that are dropped.' },
} as const;

const config = defineConfig(keys);

/** Debezium's event flattening: the change event becomes the row. */
export const extractNewRecordState: TransformPlugin = {
  kind: 'transformation',
  classNames: ['io.debezium.transforms.ExtractNewRecordState'],
  version: '0.1.0',
  config,
  create: (raw) => createUnwrap(parseConfig(config, raw)),
};

const ENVELOPE = '.Envelope';
const DELETED = '__deleted';
const OPERATION = 'op';
const text = primitive('string');
const optionalText = primitive('string', { isOptional: true });

const createUnwrap = (settings: ConfigOf<typeof keys>): Transform => {
  const options = optionsOf(settings);
  const planOf = planCache((schema: StructSchema) => new UnwrapPlan(schema, options));
  return (record) => {
    const { value, valueSchema } = record;
    if (value === null) return options.keepsTombstones ? withTombstoneHeader(record, options) : null;
    if (!(value instanceof Struct) || valueSchema?.type !== 'struct' || valueSchema.name?.endsWith(ENVELOPE) !== true) return record;
    return planOf(valueSchema).apply(record, value);
  };
};

interface UnwrapOptions {
  readonly keepsTombstones: boolean;
  /** Deletes: dropped, rewritten as the old row, or turned into tombstones. */
  readonly deletes: 'drop' | 'rewrite' | 'tombstone';
  readonly fields: readonly FieldReference[];
  readonly headers: readonly FieldReference[];
  readonly routeBy: string | undefined;
  readonly isNullReplaced: boolean;
}

const optionsOf = (settings: ConfigOf<typeof keys>): UnwrapOptions => {
  const mode = settings['delete.tombstone.handling.mode'].toLowerCase();
  const references = (list: readonly string[], prefix: string): readonly FieldReference[] =>
    list.filter((item) => item !== '').map((item) => parseFieldReference(item, prefix));
  return {
    keepsTombstones: mode === 'tombstone' || mode === 'rewrite-with-tombstone',
    deletes: mode === 'delete-to-tombstone' ? 'tombstone' : mode.startsWith('rewrite') ? 'rewrite' : 'drop',
    fields: references(settings['add.fields'], settings['add.fields.prefix']),
    headers: references(settings['add.headers'], settings['add.headers.prefix']),
    routeBy: settings['route.by.field'] === '' ? undefined : settings['route.by.field'],
    isNullReplaced: settings['replace.null.with.default'],
  };
};

/** A tombstone says nothing but that it is one: of the headers only the operation is known. */
const withTombstoneHeader = <R extends ConnectRecord>(record: R, { headers }: UnwrapOptions): R => {
  const operation = headers.find(({ block, field }) => block === undefined && field === OPERATION);
  if (operation === undefined) return record;
  return { ...record, headers: [...record.headers, { key: operation.newName, schema: text, value: 'd' }] };
};

/** Everything about one envelope schema. */
class UnwrapPlan {
  readonly #options: UnwrapOptions;
  readonly #fields: readonly BoundReference[];
  readonly #headers: readonly BoundReference[];
  readonly #before: number | undefined;
  readonly #after: number | undefined;
  readonly #operation: number | undefined;
  readonly #rowSchemaOf: (schema: StructSchema) => StructSchema;

  constructor(envelope: StructSchema, options: UnwrapOptions) {
    this.#options = options;
    this.#fields = options.fields.map((reference) => bindReference(reference, envelope));
    this.#headers = options.headers.map((reference) => bindReference(reference, envelope));
    this.#before = envelope.indexByName.get('before');
    this.#after = envelope.indexByName.get('after');
    this.#operation = envelope.indexByName.get(OPERATION);
    this.#rowSchemaOf = planCache((row: StructSchema) => this.#extend(row));
  }

  apply<R extends ConnectRecord>(record: R, envelope: Struct): R | null {
    const after = this.#row(envelope, this.#after);
    if (after !== null) return this.#rewrite(record, envelope, after, false);
    const before = this.#row(envelope, this.#before);
    const isDelete = this.#operation !== undefined && envelope.values[this.#operation] === 'd';
    if (!isDelete || this.#options.deletes === 'drop') return null;
    if (this.#options.deletes === 'rewrite') return before === null ? null : this.#rewrite(record, envelope, before, true);
    return this.#place({ ...record, valueSchema: null, value: null }, envelope, before);
  }

  #row(envelope: Struct, index: number | undefined): Struct | null {
    const row = index === undefined ? null : envelope.values[index];
    return row instanceof Struct ? row : null;
  }

  #rewrite<R extends ConnectRecord>(record: R, envelope: Struct, row: Struct, isDeleted: boolean): R {
    const schema = this.#rowSchemaOf(row.schema);
    const values = this.#options.isNullReplaced ? withDefaults(row) : row.values;
    if (schema === row.schema && values === row.values) return this.#place({ ...record, valueSchema: schema, value: row }, envelope, row);
    const extended = [...values];
    for (const field of this.#fields) extended.push(field.read(envelope));
    if (this.#options.deletes === 'rewrite') extended.push(isDeleted ? 'true' : 'false');
    return this.#place({ ...record, valueSchema: schema, value: new Struct(schema, extended) }, envelope, row);
  }

  /** Headers and topic. */
  #place<R extends ConnectRecord>(record: R, envelope: Struct, row: Struct | null): R {
    const { routeBy } = this.#options;
    if (this.#headers.length === 0 && routeBy === undefined) return record;
    const headers: readonly Header[] = this.#headers.map(({ newName, schema, read }) => ({ key: newName, schema, value: read(envelope) }));
    return {
      ...record,
      topic: routeBy === undefined ? record.topic : topicOf(routeBy, row, record.topic),
      headers: [...record.headers, ...headers],
    };
  }

  /** The row's schema with the added fields; the very same object when nothing is added. */
  #extend(row: StructSchema): StructSchema {
    const isMarked = this.#options.deletes === 'rewrite';
    if (this.#fields.length === 0 && !isMarked) return row;
    return structOf(
      [
        ...row.fields.map((field) => [field.name, field.schema] as const),
        ...this.#fields.map((field) => [field.newName, field.schema] as const),
        ...(isMarked ? [[DELETED, optionalText] as const] : []),
      ],
      basicsOf(row),
    );
  }
}

const withDefaults = (row: Struct): unknown[] =>
  row.schema.fields.map((field) => row.values[field.index] ?? field.schema.defaultValue ?? null);

const topicOf = (column: string, row: Struct | null, topic: string): string => {
  if (row === null) return topic;
  const value = row.get(column);
  if (value === undefined) throw missingField('ExtractNewRecordState', column);
  return value === null ? topic : (value as string | number).toString();
};
