import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { notEmpty, wholeTransform } from '../shape/side.ts';

const config = defineConfig({
  headers: { type: 'LIST', importance: 'HIGH', doc: 'Names of the headers to drop.', validate: notEmpty },
});

/** Takes headers away. */
export const dropHeaders: TransformPlugin = wholeTransform('DropHeaders', config, (raw) => {
  const names = new Set(parseConfig(config, raw).headers);
  return (record) =>
    record.headers.some(({ key }) => names.has(key)) ? { ...record, headers: record.headers.filter(({ key }) => !names.has(key)) } : record;
});
