/** The key that Kafka Connect adds to the settings of each of its own converters. */
export const converterType = {
  'converter.type': {
    type: 'STRING',
    default: null,
    values: ['key', 'value', 'header'],
    importance: 'LOW',
    doc: 'What the converter is used for.',
  },
} as const;
