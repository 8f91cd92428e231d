import { Struct, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { notEmpty } from '../shape/side.ts';
import { debeziumTransform } from './envelope.ts';

const TYPES = ['CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'DATABASE'];

const config = defineConfig({
  'schema.change.event.exclude.list': {
    type: 'LIST',
    importance: 'HIGH',
    doc: `Types of schema changes to drop: ${TYPES.join(', ')}.`,
    validate: (types) =>
      notEmpty(types) ?? (types.every((type) => TYPES.includes(type)) ? undefined : `must be a list of ${TYPES.join(', ')}`),
  },
});

/** Drops records of a schema change topic by type of change; one without a change of a table is of the database. */
export const schemaChangeEventFilter: TransformPlugin = debeziumTransform('SchemaChangeEventFilter', config, (raw) => {
  const excluded = parseConfig(config, raw)['schema.change.event.exclude.list'];
  return (record) => {
    const { value, valueSchema } = record;
    if (!(value instanceof Struct) || valueSchema?.name?.endsWith('.SchemaChangeValue') !== true) return record;
    const changes = value.get('tableChanges');
    const types = Array.isArray(changes) && changes.length > 0 ? changes.map(typeOf) : ['DATABASE'];
    return types.some((type) => excluded.includes(type)) ? null : record;
  };
});

const typeOf = (change: unknown): string => (change instanceof Struct ? String(change.get('type')) : '');
