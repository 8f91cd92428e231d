import type { BinaryForm, Converter } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { canonicalName, DEFAULT_HEADER_CONVERTER, isSimpleHeaderConverter } from '../../config/plugin-keys.ts';
import type { PluginRegistry } from '../../plugins/plugin-registry.ts';
import { withoutPrefix } from './raw-config.ts';
import { simpleHeaderConverter } from './simple-header-converter.ts';
import { unknownPlugin } from './transform-chain.ts';

export interface NamedConverter {
  readonly converter: Converter;
  /** The full name: shown in dead letters. */
  readonly className: string;
}

/** The converters of one task. */
export interface TaskConverters {
  readonly key: NamedConverter;
  readonly value: NamedConverter;
  readonly header: NamedConverter;
}

/** The binary form in which both keys and values can be written, one behind the other; undefined where there is none. */
export const sharedFormOf = ({ key, value }: TaskConverters): BinaryForm | undefined => {
  const form = value.converter.binary?.form;
  return form?.name === key.converter.binary?.form.name ? form : undefined;
};

type ConverterSide = keyof TaskConverters;

const defaults = {
  key: 'io.confluent.connect.avro.AvroConverter',
  value: 'io.confluent.connect.avro.AvroConverter',
  header: DEFAULT_HEADER_CONVERTER,
} as const;

/**
 * A connector that names a converter configures it alone; one that does not takes the worker's converter with the worker's
 * settings as a whole. The two are never mixed. `className`: as given.
 */
export const chosenConverter = (
  side: ConverterSide,
  raw: RawConfig,
  worker: RawConfig,
): { readonly owner: RawConfig; readonly className: string } => {
  const name = `${side}.converter`;
  const owner = given(raw, name) === undefined ? worker : raw;
  return { owner, className: given(owner, name) ?? defaults[side] };
};

/** Each as `chosenConverter` says. */
export const createTaskConverters = (raw: RawConfig, worker: RawConfig, plugins: PluginRegistry): TaskConverters => {
  const create = (side: ConverterSide): NamedConverter => {
    const name = `${side}.converter`;
    const { owner, className } = chosenConverter(side, raw, worker);
    const plugin = plugins.converter(className);
    if (plugin !== undefined) {
      const converter = plugin.create(withoutPrefix(owner, `${name}.`), side === 'key');
      return { className: canonicalName(plugin, className), converter };
    }
    if (side === 'header' && isSimpleHeaderConverter(className))
      return { className: DEFAULT_HEADER_CONVERTER, converter: simpleHeaderConverter };
    throw unknownPlugin(name, className);
  };
  return { key: create('key'), value: create('value'), header: create('header') };
};

const given = (raw: RawConfig, key: string): string | undefined => {
  const value = raw[key]?.trim();
  return value === undefined || value === '' ? undefined : value;
};
