import { primitive, type Header, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { wholeTransform } from '../shape/side.ts';

const config = defineConfig({
  header: { type: 'STRING', importance: 'HIGH', doc: 'Name of the header.' },
  'value.literal': {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Its value: a boolean or a whole number where the text is one, otherwise the text.',
  },
});

/** Adds the same header to every record. */
export const insertHeader: TransformPlugin = wholeTransform('InsertHeader', config, (raw) => {
  const settings = parseConfig(config, raw);
  const header: Header = { key: settings.header, ...literal(settings['value.literal']) };
  return (record) => ({ ...record, headers: [...record.headers, header] });
});

const literal = (text: string): { readonly schema: Schema; readonly value: unknown } => {
  if (text === 'true' || text === 'false') return { schema: primitive('boolean'), value: text === 'true' };
  if (/^-?\d{1,15}$/.test(text)) return { schema: primitive('int64'), value: Number(text) };
  return { schema: primitive('string'), value: text };
};
