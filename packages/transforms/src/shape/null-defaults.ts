import { Struct } from '@headrace/connector-api';

/** The option of many transforms; `false` unlike in Kafka Connect and Debezium. */
export const nullDefaultKey = {
  'replace.null.with.default': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: "Read a null as the default of its field. Unlike in Kafka Connect the default is false: a copy must hold the source's nulls.",
  },
} as const;

/** The struct with the defaults of its fields in the place of nulls; the same object when there are none. */
export const withDefaults = (struct: Struct): Struct => {
  const { fields } = struct.schema;
  const isLacking = fields.some(({ index, schema }) => isNull(struct.values[index]) && !isNull(schema.defaultValue));
  if (!isLacking) return struct;
  return new Struct(
    struct.schema,
    fields.map(({ index, schema }) => struct.values[index] ?? schema.defaultValue ?? null),
  );
};

const isNull = (value: unknown): boolean => value === null || value === undefined;
