import { parseValueText, valueText, type Converter } from '@headrace/connector-api';

/** Kafka Connect's SimpleHeaderConverter: a header is the text of its value, and what is read is guessed from the text. */
export const simpleHeaderConverter: Converter = {
  encoderFor: (_topic, schema) =>
    Promise.resolve((value) => (value === null || value === undefined ? null : Buffer.from(valueText({ schema, value })))),
  decode: (_topic, bytes) => (bytes === null ? { schema: null, value: null } : parseValueText(Buffer.from(bytes).toString('utf8'))),
};
