import { defineConfig, primitive, RecordError, type ConverterPlugin } from '@headrace/connector-api';

const schema = primitive('int64');

/** Whole numbers as strokes: 3 is `|||`. */
export const tallyConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['org.example.TallyConverter'],
  version: '1.0.0',
  config: defineConfig({}),
  create: () => ({
    encoderFor: () => Promise.resolve((value) => (value === null ? null : Buffer.from('|'.repeat(Number(value))))),
    decode: (_, bytes) => {
      if (bytes === null) return { schema: null, value: null };
      if (bytes.some((byte) => byte !== 0x7c)) throw new RecordError('example.no_tally', 'These bytes are no strokes.');
      return { schema, value: BigInt(bytes.length) };
    },
  }),
};
