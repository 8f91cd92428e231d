import type { Converter } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import type { PluginRegistry } from '../../plugins/plugin-registry.ts';
import { withoutPrefix } from './raw-config.ts';
import { simpleHeaderConverter } from './simple-header-converter.ts';
import { unknownPlugin } from './transform-chain.ts';

export interface NamedConverter {
  readonly converter: Converter;
  /** As configured: shown in dead letters. */
  readonly className: string;
}

/** The converters of one task. */
export interface TaskConverters {
  readonly key: NamedConverter;
  readonly value: NamedConverter;
  readonly header: NamedConverter;
}

const SIMPLE_HEADERS = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';

const defaults = {
  key: 'io.confluent.connect.avro.AvroConverter',
  value: 'io.confluent.connect.avro.AvroConverter',
  header: SIMPLE_HEADERS,
} as const;

/**
 * A connector that names a converter configures it alone; one that does not takes the worker's converter with the worker's
 * settings as a whole. The two are never mixed.
 */
export const createTaskConverters = (raw: RawConfig, worker: RawConfig, plugins: PluginRegistry): TaskConverters => {
  const create = (side: 'key' | 'value' | 'header'): NamedConverter => {
    const name = `${side}.converter`;
    const owner = given(raw, name) === undefined ? worker : raw;
    const className = given(owner, name) ?? defaults[side];
    const plugin = plugins.converter(className);
    if (plugin !== undefined) return { className, converter: plugin.create(withoutPrefix(owner, `${name}.`), side === 'key') };
    if (side === 'header' && SIMPLE_HEADERS.endsWith(className)) return { className, converter: simpleHeaderConverter };
    throw unknownPlugin(name, className);
  };
  return { key: create('key'), value: create('value'), header: create('header') };
};

const given = (raw: RawConfig, key: string): string | undefined => {
  const value = raw[key]?.trim();
  return value === undefined || value === '' ? undefined : value;
};
