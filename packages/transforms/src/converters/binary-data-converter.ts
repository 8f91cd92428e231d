import { primitive, type Converter, type ConverterPlugin, type Encode, type Schema } from '@headrace/connector-api';
import { defineConfig, RecordError, type RawConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { errors } from '../errors.ts';
import { parseConfig } from '../parse-config.ts';
import { converterType } from './converter-type.ts';
import { jsonConverter } from './json-converter.ts';
import { plainConverters, stringConverter } from './plain-converters.ts';

const DELEGATE = 'delegate.converter.type';

const delegates: readonly ConverterPlugin[] = [jsonConverter, stringConverter, ...plainConverters];

const delegateOf = (className: string): ConverterPlugin | undefined =>
  delegates.find(({ classNames }) => classNames.some((name) => name === className || name.endsWith(`.${className}`)));

const config = defineConfig({
  [DELEGATE]: {
    type: 'CLASS',
    default: null,
    importance: 'MEDIUM',
    doc: `Converter of values that are no bytes, such as heartbeats; its settings follow as ${DELEGATE}.*. Converters under a registry cannot be one.`,
    validate: (className: string) =>
      delegateOf(className) === undefined ? 'must be a converter of this worker that needs no schema registry' : undefined,
  },
  ...converterType,
});

const bytesSchema = primitive('bytes', { isOptional: true });

/** Debezium's converter for payloads of an outbox: bytes as they are, anything else by another converter. What is read are bytes. */
export const binaryDataConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['io.debezium.converters.BinaryDataConverter', 'io.debezium.converters.ByteArrayConverter'],
  version: '0.1.0',
  config,
  create: (raw, isKey) => {
    const className = parseConfig(config, raw)[DELEGATE];
    const delegate = className === null ? undefined : delegateOf(className)?.create(settingsOfDelegate(raw), isKey);
    return {
      encoderFor: async (topic, schema, signal) =>
        isBinary(schema) || delegate === undefined ? encodeBytes : delegate.encoderFor(topic, schema, signal),
      decode: (_topic, bytes) => ({ schema: bytesSchema, value: bytes === null ? null : Buffer.from(bytes) }),
    } satisfies Converter;
  },
};

const isBinary = (schema: Schema | null): boolean => schema === null || schema.type === 'bytes';

const encodeBytes: Encode = (value) => {
  if (value === null || value === undefined) return null;
  if (types.isUint8Array(value)) return value;
  const message = `BinaryDataConverter takes bytes, not ${typeof value}. Give it a ${DELEGATE} for values of other types.`;
  throw new RecordError(errors.unencodable_value.code, message);
};

const settingsOfDelegate = (raw: RawConfig): RawConfig =>
  Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(`${DELEGATE}.`))
      .map(([key, value]) => [key.slice(DELEGATE.length + 1), value]),
  );
