import { Struct, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { notEmpty, unsuitable } from '../shape/side.ts';
import { changeEventOf, debeziumTransform } from './envelope.ts';
import { murmurHash } from './murmur-hash.ts';
import { javaHash } from './value-hash.ts';

const config = defineConfig({
  'partition.payload.fields': {
    type: 'LIST',
    importance: 'HIGH',
    doc: 'Fields of the event whose values choose the partition: after.a, source.table; change.a is of the new row, or of the deleted one.',
    validate: notEmpty,
  },
  'partition.topic.num': { type: 'INT', min: 1, importance: 'HIGH', doc: 'Partitions of the topic.' },
  'partition.hash.function': {
    type: 'STRING',
    default: 'java',
    values: ['java', 'murmur'],
    ignoreCase: true,
    importance: 'MEDIUM',
    doc: 'How values are hashed.',
  },
});

/** Chooses the partition by fields of the event; a record that lacks all of them stays as it is. */
export const partitionRouting: TransformPlugin = debeziumTransform('partitions.PartitionRouting', config, (raw) => {
  const settings = parseConfig(config, raw);
  const count = settings['partition.topic.num'];
  const hash = settings['partition.hash.function'].toLowerCase() === 'murmur' ? murmurHash : javaHash;
  const paths = settings['partition.payload.fields'].map((field) => field.split('.'));
  return (record) => {
    const event = changeEventOf(record);
    if (event === undefined) return record;
    const values = paths.map((path) => valueAt(event, path)).filter((value) => value !== undefined);
    if (values.length === 0) return record;
    const sum = values.reduce<number>((total, value) => (total + hash(value)) | 0, 0);
    return { ...record, partition: (sum & 0x7fff_ffff) % count };
  };
});

/** undefined when there is no such field, or it is null and has no default. */
const valueAt = (event: Struct, path: readonly string[]): unknown => {
  const [first = '', ...rest] = path;
  const root = first === 'change' ? (event.get('op') === 'd' ? 'before' : 'after') : first;
  if (rest.length > 0 && event.get(root) === null) throw unsuitable('PartitionRouting', `it has no "${root}"`);
  let value: unknown = event;
  for (const name of [root, ...rest]) value = value instanceof Struct ? (value.get(name) ?? defaultOf(value, name)) : undefined;
  return value ?? undefined;
};

const defaultOf = ({ schema }: Struct, name: string): unknown => schema.fields[schema.indexByName.get(name) ?? -1]?.schema.defaultValue;
