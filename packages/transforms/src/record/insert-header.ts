import { parseValueText, type Header, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { wholeTransform } from '../shape/side.ts';

const config = defineConfig({
  header: { type: 'STRING', importance: 'HIGH', doc: 'Name of the header.' },
  'value.literal': {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Its value: a boolean, number, date, list or map where the text is one, otherwise the text.',
  },
});

/** Adds the same header to every record. */
export const insertHeader: TransformPlugin = wholeTransform('InsertHeader', config, (raw) => {
  const settings = parseConfig(config, raw);
  const header: Header = { key: settings.header, ...parseValueText(settings['value.literal']) };
  return (record) => ({ ...record, headers: [...record.headers, header] });
});
