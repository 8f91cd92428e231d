import {
  primitive,
  Struct,
  type ConnectRecord,
  type Header,
  type StructSchema,
  type Transform,
  type TransformPlugin,
} from '@headrace/connector-api';
import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey, withDefaults } from '../shape/null-defaults.ts';
import { missingField } from '../shape/side.ts';
import { planCache, reshaped } from '../shape/struct-transform.ts';
import { changeEventOf, debeziumTransform, imageOf } from './envelope.ts';
import { FieldDropping } from './field-dropping.ts';
import { bindReference, parseFieldReference, type BoundReference, type FieldReference } from './field-reference.ts';

const MODES = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const;

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
  ...nullDefaultKey,
  'drop.fields.header.name': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'Header with a list of the names of columns to drop.',
  },
  'drop.fields.from.key': { type: 'BOOLEAN', default: 'false', importance: 'LOW', doc: 'Drop them from the key, too.' },
  'drop.fields.keep.schema.compatible': { type: 'BOOLEAN', default: 'true', importance: 'LOW', doc: 'Drop only optional columns.' },
} as const;

const config = defineConfig(keys);

/** Debezium's event flattening: the change event becomes the row. */
export const extractNewRecordState: TransformPlugin = debeziumTransform('ExtractNewRecordState', config, (raw) =>
  createUnwrap(parseConfig(config, raw)),
);

const DELETED = '__deleted';
const OPERATION = 'op';
const text = primitive('string');
const optionalText = primitive('string', { isOptional: true });

const createUnwrap = (settings: ConfigOf<typeof keys>): Transform => {
  const options = optionsOf(settings);
  const planOf = planCache((schema: StructSchema) => new UnwrapPlan(schema, options));
  return (record) => {
    if (record.value === null) return options.keepsTombstones ? withTombstoneHeader(record, options) : null;
    const event = changeEventOf(record);
    return event === undefined ? record : planOf(event.schema).apply(record, event);
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
  readonly dropping: FieldDropping | undefined;
}

const optionsOf = (settings: ConfigOf<typeof keys>): UnwrapOptions => {
  const mode = settings['delete.tombstone.handling.mode'].toLowerCase();
  const references = (list: readonly string[], prefix: string): readonly FieldReference[] =>
    list.filter((item) => item !== '').map((item) => parseFieldReference(item, prefix));
  return {
    // Not made of the delete event as in Debezium 3.6: a compacted topic may hold the tombstone alone.
    keepsTombstones: mode === 'tombstone' || mode === 'rewrite-with-tombstone',
    deletes: mode.startsWith('rewrite') ? 'rewrite' : mode === 'delete-to-tombstone' ? 'tombstone' : 'drop',
    fields: references(settings['add.fields'], settings['add.fields.prefix']),
    headers: references(settings['add.headers'], settings['add.headers.prefix']),
    routeBy: settings['route.by.field'] === '' ? undefined : settings['route.by.field'],
    isNullReplaced: settings['replace.null.with.default'],
    dropping: droppingOf(settings),
  };
};

const droppingOf = (settings: ConfigOf<typeof keys>): FieldDropping | undefined => {
  const header = settings['drop.fields.header.name'];
  if (header === null || header === '') return undefined;
  return new FieldDropping({
    header,
    isKeyToo: settings['drop.fields.from.key'],
    isOptionalOnly: settings['drop.fields.keep.schema.compatible'],
  });
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
  readonly #operation: number | undefined;
  readonly #rowSchemaOf: (schema: StructSchema) => StructSchema;

  constructor(envelope: StructSchema, options: UnwrapOptions) {
    this.#options = options;
    this.#fields = options.fields.flatMap((reference) => bindReference(reference, envelope) ?? []);
    this.#headers = options.headers.flatMap((reference) => bindReference(reference, envelope) ?? []);
    this.#operation = envelope.indexByName.get(OPERATION);
    this.#rowSchemaOf = planCache((row: StructSchema) => this.#extend(row));
  }

  apply<R extends ConnectRecord>(record: R, envelope: Struct): R | null {
    const after = imageOf(envelope, 'after');
    if (after !== null) return this.#rewrite(record, envelope, after, false);
    const before = imageOf(envelope, 'before');
    const isDelete = this.#operation !== undefined && envelope.values[this.#operation] === 'd';
    if (!isDelete || this.#options.deletes === 'drop') return null;
    if (this.#options.deletes === 'rewrite') return before === null ? null : this.#rewrite(record, envelope, before, true);
    return this.#place({ ...record, valueSchema: null, value: null }, envelope, before);
  }

  #rewrite<R extends ConnectRecord>(record: R, envelope: Struct, row: Struct, isDeleted: boolean): R {
    const { dropping, isNullReplaced } = this.#options;
    const schema = this.#rowSchemaOf(row.schema);
    const values = [...(isNullReplaced ? withDefaults(row) : row).values];
    if (this.#options.deletes === 'rewrite') values.push(isDeleted ? 'true' : 'false');
    for (const field of this.#fields) values.push(field.read(envelope));
    const unwrapped = { ...record, valueSchema: schema, value: new Struct(schema, values) };
    return this.#place(dropping === undefined ? unwrapped : dropping.apply(unwrapped), envelope, row);
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

  /** The row's schema with the added fields; a value is never optional as a whole. */
  #extend(row: StructSchema): StructSchema {
    const isMarked = this.#options.deletes === 'rewrite';
    return reshaped('ExtractNewRecordState', row, [
      ...row.fields.map((field) => [field.name, field.schema] as const),
      ...(isMarked ? [[DELETED, optionalText] as const] : []),
      ...this.#fields.map((field) => [field.newName, field.schema] as const),
    ]);
  }
}

const topicOf = (column: string, row: Struct | null, topic: string): string => {
  if (row === null) return topic;
  const value = row.get(column);
  if (value === undefined) throw missingField('ExtractNewRecordState', column);
  return value === null ? topic : (value as string | number).toString();
};
