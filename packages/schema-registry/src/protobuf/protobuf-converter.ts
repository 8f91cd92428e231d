import type { Converter, ConverterPlugin, Schema } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import protobuf from 'protobufjs';
import { errors } from '../errors.ts';
import { RegistryClient, type SchemaRegistry } from '../registry-client.ts';
import { HEADER_BYTES, RegistryConverter, type RegistryFormat, type ValueReader } from '../registry-converter.ts';
import { FIRST_MESSAGE, readMessageIndexes } from './message-indexes.ts';
import { protobufConverterConfig, protobufSettings, type ProtobufMapping, type ProtobufSettings } from './protobuf-config.ts';
import { ProtobufFile, unsupported } from './protobuf-file.ts';
import { ProtobufReading, readMessage, type MessageReader } from './protobuf-reader.ts';
import { protobufSchemaText } from './protobuf-schema.ts';
import { compileMessageWriter } from './protobuf-writer.ts';
import { nameFor } from './protobuf-name.ts';

/** Protobuf under a Confluent-compatible registry. */
export const protobufConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['io.confluent.connect.protobuf.ProtobufConverter'],
  version: '0.1.0',
  config: protobufConverterConfig,
  create: (raw, isKey) => {
    const settings = protobufSettings(raw, isKey);
    return createProtobufConverter(settings, isKey, new RegistryClient(settings));
  },
};

export const createProtobufConverter = (settings: ProtobufSettings, isKey: boolean, registry: SchemaRegistry): Converter =>
  new RegistryConverter({ format: new ProtobufFormat(settings.mapping), settings, isKey, registry });

class ProtobufFormat implements RegistryFormat {
  readonly format = 'PROTOBUF';
  readonly #mapping: ProtobufMapping;

  constructor(mapping: ProtobufMapping) {
    this.#mapping = mapping;
  }

  schemaText(schema: Schema): string {
    return protobufSchemaText(schema, this.#mapping);
  }

  writerOf(schema: Schema, id: number): (value: unknown) => Uint8Array {
    const message = new ProtobufFile(this.schemaText(schema)).message([0]);
    if (message === undefined || schema.type !== 'struct') throw unsupported('it is not a message');
    const write = compileMessageWriter(message, schema, (name) => nameFor(name, this.#mapping.isScrubbed));
    const header = Buffer.alloc(HEADER_BYTES + FIRST_MESSAGE.length);
    header.writeUInt32BE(id, 1);
    header.set(FIRST_MESSAGE, HEADER_BYTES);
    return (value) => {
      const writer = protobuf.Writer.create();
      write(writer, value);
      return Buffer.concat([header, writer.finish()]);
    };
  }

  readerOf(text: string, imports: ReadonlyMap<string, string>): ValueReader {
    const file = new ProtobufFile(text, imports);
    const reading = new ProtobufReading(this.#mapping);
    const readers = new Map<string, MessageReader>();
    const read: ValueReader['read'] = (bytes) => {
      const { indexes, end } = readMessageIndexes(bytes, HEADER_BYTES);
      const key = indexes.join(' ');
      let reader = readers.get(key);
      if (reader === undefined) readers.set(key, (reader = readerFor(file, reading, indexes)));
      return { schema: reader.schema, value: readMessage(reader, protobuf.Reader.create(bytes.subarray(end))) };
    };
    return { read };
  }
}

const readerFor = (file: ProtobufFile, reading: ProtobufReading, indexes: readonly number[]): MessageReader => {
  const message = file.message(indexes);
  if (message !== undefined) return reading.message(message);
  const path = `[${indexes.join(', ')}]`;
  throw new RecordError(errors.malformed_record.code, `A record holds message ${path} of its Protobuf schema, which has no such message.`);
};
