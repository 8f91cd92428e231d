/** The key `decimal.format` of converters that write JSON: `isDecimalNumeric` of a PayloadCodec. */
export const decimalFormat = {
  type: 'STRING',
  default: 'BASE64',
  values: ['BASE64', 'NUMERIC'],
  ignoreCase: true,
  importance: 'LOW',
  doc: 'Decimals as base64 of their unscaled bytes, or as numbers.',
} as const;
