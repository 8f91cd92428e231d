import { arrayOf, primitive, type Header, type Struct, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { isDeepStrictEqual } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { changeEventOf, debeziumTransform, imageOf } from './envelope.ts';

const config = defineConfig({
  'header.changed.name': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'Header that lists the changed columns.' },
  'header.unchanged.name': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'Header that lists the unchanged columns.' },
});

/** Says in headers which columns an update changed; both images are needed for that, without them the lists are empty. */
export const extractChangedRecordState: TransformPlugin = debeziumTransform('ExtractChangedRecordState', config, (raw) => {
  const settings = parseConfig(config, raw);
  const changedHeader = headerOf(settings['header.changed.name']);
  const unchangedHeader = headerOf(settings['header.unchanged.name']);
  return (record) => {
    const event = changeEventOf(record);
    if (event === undefined) return record;
    const { changed, unchanged } = compare(imageOf(event, 'before'), imageOf(event, 'after'));
    return { ...record, headers: [...record.headers, ...changedHeader(changed), ...unchangedHeader(unchanged)] };
  };
});

const headerOf = (key: string | null): ((names: readonly string[]) => readonly Header[]) => {
  if (key === null || key === '') return () => [];
  const schema = arrayOf(primitive('string', { isOptional: true }), { isOptional: true, name: key });
  return (names) => [{ key, schema, value: names }];
};

const compare = (before: Struct | null, after: Struct | null) => {
  const changed: string[] = [];
  const unchanged: string[] = [];
  if (before === null || after === null) return { changed, unchanged };
  for (const { name, index } of after.schema.fields) {
    (isDeepStrictEqual(before.get(name), after.values[index]) ? unchanged : changed).push(name);
  }
  return { changed, unchanged };
};
