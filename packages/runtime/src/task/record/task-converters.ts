import type { BinaryConverter, Converter } from '@headrace/connector-api';
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

/** Both sides' binary converters, where keys and values can be written one behind the other; undefined where they cannot. */
export const binaryPairOf = ({ key, value }: TaskConverters): Readonly<Record<'key' | 'value', BinaryConverter>> | undefined => {
  const [keys, values] = [key.converter.binary, value.converter.binary];
  return keys === undefined || keys.form.name !== values?.form.name ? undefined : { key: keys, value: values };
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
