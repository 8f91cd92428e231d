import { Struct, structOf, withOptional, type Header, type Schema, type StructSchema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { notEmpty } from '../shape/side.ts';
import { basicsOf } from '../shape/struct-transform.ts';
import { changeEventOf, debeziumTransform } from './envelope.ts';

const config = defineConfig({
  headers: { type: 'LIST', importance: 'HIGH', doc: 'Headers whose values become fields.', validate: notEmpty },
  fields: {
    type: 'LIST',
    importance: 'HIGH',
    doc: 'Fields of the event, one per header; a.b is in the struct a, which is made where it is missing.',
    validate: notEmpty,
  },
  operation: { type: 'STRING', values: ['move', 'copy'], importance: 'HIGH', doc: 'Whether the headers stay.' },
});

/** Puts headers into the change event. */
export const headerToValue: TransformPlugin = debeziumTransform('HeaderToValue', config, (raw) => {
  const { headers, fields, operation } = parseConfig(config, raw);
  if (headers.length !== fields.length) throw invalid('fields', 'fields and headers must have the same number of entries.');
  const schemas = new SchemaMemory();
  return (record) => {
    const event = changeEventOf(record);
    const found = headers.flatMap((name, index) => {
      const header = record.headers.find(({ key }) => key === name);
      return header === undefined ? [] : [{ header, path: (fields[index] ?? name).split('.') }];
    });
    if (event === undefined || found.length === 0) return record;
    let value = event;
    for (const { header, path } of found) value = schemas.put(value, path, header);
    const isMoved = ({ key }: Header): boolean => operation === 'move' && headers.includes(key);
    return { ...record, value, valueSchema: value.schema, headers: record.headers.filter((header) => !isMoved(header)) };
  };
});

/** One schema object per former schema, path and type of header. */
class SchemaMemory {
  readonly #known = new WeakMap<StructSchema, Map<string, WeakMap<object, StructSchema>>>();

  put(struct: Struct, path: readonly string[], header: Header): Struct {
    const [name = '', ...rest] = path;
    const former = struct.schema.fields[struct.schema.indexByName.get(name) ?? -1];
    const item = rest.length === 0 ? header : this.#nested(struct.get(name), former?.schema, rest, header);
    if (item === undefined) return struct;
    const schema = this.#schemaWith(struct.schema, name, item.schema);
    const values = [...struct.values];
    values[former?.index ?? values.length] = item.value;
    return new Struct(schema, values);
  }

  #nested(value: unknown, schema: Schema | undefined, path: readonly string[], header: Header) {
    if (schema !== undefined && !(value instanceof Struct)) return undefined;
    const inner = value instanceof Struct ? value : new Struct(EMPTY, []);
    const extended = this.put(inner, path, header);
    return { schema: extended.schema, value: extended };
  }

  #schemaWith(former: StructSchema, name: string, item: Schema | null): StructSchema {
    const itemSchema = item ?? UNKNOWN;
    const byName = this.#known.get(former) ?? new Map<string, WeakMap<object, StructSchema>>();
    this.#known.set(former, byName);
    const byItem = byName.get(name) ?? new WeakMap<object, StructSchema>();
    byName.set(name, byItem);
    const known = byItem.get(itemSchema);
    if (known !== undefined) return known;
    const made = extended(former, name, itemSchema);
    byItem.set(itemSchema, made);
    return made;
  }
}

const EMPTY = structOf([], { isOptional: true });
/** Of a header without a schema, which is null. */
const UNKNOWN: Schema = { type: 'string', isOptional: true };

const extended = (former: StructSchema, name: string, item: Schema): StructSchema => {
  const fields = former.fields.map((field) => [field.name, field.name === name ? item : field.schema] as const);
  const isNew = !former.indexByName.has(name);
  const schema = structOf([...fields, ...(isNew ? [[name, item] as const] : [])], basicsOf(former));
  return former === EMPTY || former.name === undefined ? withOptional(schema, former.isOptional) : schema;
};
