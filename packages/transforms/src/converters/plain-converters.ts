import { javaText, primitive, type ConverterPlugin, type Encode, type PrimitiveSchema, type SchemaAndValue } from '@headrace/connector-api';
import { defineConfig, RecordError } from '@headrace/foundation';
import { types } from 'node:util';
import { errors } from '../errors.ts';
import { parseConfig } from '../parse-config.ts';
import { converterType } from './converter-type.ts';

interface PlainForm {
  readonly className: string;
  readonly type: PrimitiveSchema['type'];
  /** undefined: a value this converter does not take. */
  encode(value: unknown): Uint8Array | undefined;
  /** undefined: bytes it does not understand. */
  decode(bytes: Buffer): unknown;
}

const number = (className: string, type: PrimitiveSchema['type'], size: number, codec: Pick<NumberCodec, 'write' | 'read'>): PlainForm => ({
  className,
  type,
  encode: (value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
    const bytes = Buffer.alloc(size);
    codec.write(bytes, value);
    return bytes;
  },
  decode: (bytes) => (bytes.length === size ? codec.read(bytes) : undefined),
});

interface NumberCodec {
  write(bytes: Buffer, value: number | bigint): void;
  read(bytes: Buffer): number | bigint;
}

const canonical = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** Kafka's own serialisers: numbers big-endian, a boolean one byte. */
const forms: readonly PlainForm[] = [
  {
    className: 'org.apache.kafka.connect.converters.ByteArrayConverter',
    type: 'bytes',
    encode: (value) => (types.isUint8Array(value) ? value : undefined),
    decode: (bytes) => bytes,
  },
  {
    className: 'org.apache.kafka.connect.converters.BooleanConverter',
    type: 'boolean',
    encode: (value) => (typeof value === 'boolean' ? Buffer.from([value ? 1 : 0]) : undefined),
    decode: (bytes) => (bytes.length === 1 && (bytes[0] ?? 2) < 2 ? bytes[0] === 1 : undefined),
  },
  number('org.apache.kafka.connect.converters.ShortConverter', 'int16', 2, {
    write: (bytes, value) => {
      bytes.writeInt16BE(Number(value));
    },
    read: (bytes) => bytes.readInt16BE(),
  }),
  number('org.apache.kafka.connect.converters.IntegerConverter', 'int32', 4, {
    write: (bytes, value) => {
      bytes.writeInt32BE(Number(value));
    },
    read: (bytes) => bytes.readInt32BE(),
  }),
  number('org.apache.kafka.connect.converters.LongConverter', 'int64', 8, {
    write: (bytes, value) => {
      bytes.writeBigInt64BE(BigInt(value));
    },
    read: (bytes) => canonical(bytes.readBigInt64BE()),
  }),
  number('org.apache.kafka.connect.converters.FloatConverter', 'float32', 4, {
    write: (bytes, value) => {
      bytes.writeFloatBE(Number(value));
    },
    read: (bytes) => bytes.readFloatBE(),
  }),
  number('org.apache.kafka.connect.converters.DoubleConverter', 'float64', 8, {
    write: (bytes, value) => {
      bytes.writeDoubleBE(Number(value));
    },
    read: (bytes) => bytes.readDoubleBE(),
  }),
];

const plainConfig = defineConfig(converterType);

const encoder =
  (form: PlainForm): Encode =>
  (value) => {
    if (value === null || value === undefined) return null;
    const bytes = form.encode(value);
    if (bytes !== undefined) return bytes;
    throw new RecordError(errors.unencodable_value.code, `${form.className} takes ${form.type} only, not ${typeof value}.`);
  };

const decoder = (form: PlainForm): ((topic: string, bytes: Uint8Array | null) => SchemaAndValue) => {
  const schema = primitive(form.type, { isOptional: true });
  return (topic, bytes) => {
    if (bytes === null) return { schema, value: null };
    const value = form.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (value !== undefined) return { schema, value };
    const message = `A record of topic "${topic}" has ${String(bytes.length)} bytes, which is no ${form.type} for ${form.className}.`;
    throw new RecordError(errors.malformed_record.code, message);
  };
};

/** ByteArrayConverter and the number converters: one value as Kafka's serialisers write it, without a schema in the record. */
export const plainConverters: readonly ConverterPlugin[] = forms.map((form) => ({
  kind: 'converter',
  classNames: [form.className],
  version: '0.1.0',
  config: plainConfig,
  create: (raw) => {
    parseConfig(plainConfig, raw);
    return { encoderFor: () => Promise.resolve(encoder(form)), decode: decoder(form) };
  },
}));

const stringConfig = defineConfig({
  'converter.encoding': {
    type: 'STRING',
    default: 'UTF-8',
    values: ['UTF-8', 'UTF8', 'ISO-8859-1', 'US-ASCII'],
    ignoreCase: true,
    importance: 'HIGH',
    doc: 'Character set of the texts.',
  },
  ...converterType,
});

/** The text of any value; a text read is an optional string. */
export const stringConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['org.apache.kafka.connect.storage.StringConverter'],
  version: '0.1.0',
  config: stringConfig,
  create: (raw) => {
    const name = parseConfig(stringConfig, raw)['converter.encoding'].toUpperCase();
    const encoding = name.startsWith('UTF') ? 'utf8' : 'latin1';
    const known = encodable(name);
    const schema = primitive('string', { isOptional: true });
    return {
      encoderFor: (_topic, valueSchema) =>
        Promise.resolve((value) =>
          value === null || value === undefined ? null : Buffer.from(known(javaText(value, valueSchema)), encoding),
        ),
      decode: (_topic, bytes) => ({ schema, value: bytes === null ? null : Buffer.from(bytes).toString(encoding) }),
    };
  },
};

/** Characters that the encoding lacks become question marks, as in Java. */
const encodable = (encoding: string): ((text: string) => string) => {
  if (encoding.startsWith('UTF')) return (text) => text;
  const last = encoding === 'US-ASCII' ? 0x7f : 0xff;
  return (text) => Array.from(text, (character) => ((character.codePointAt(0) ?? 0) > last ? '?' : character)).join('');
};
