import type { RecordReading } from '@headrace/connector-api';
import { simpleHeaderConverter } from '../record/simple-header-converter.ts';
import type { RecordDecoderOptions } from './record-decoder.ts';

/**
 * How a sink may read its records itself; undefined where something wants to see them as objects: a transform, a converter that has
 * no such way, or one for headers that might refuse some. Chosen once, when the task starts.
 */
export const recordReadingOf = ({ chain, converters }: Pick<RecordDecoderOptions, 'chain' | 'converters'>): RecordReading | undefined => {
  const key = converters.key.converter.fields;
  const value = converters.value.converter.fields;
  const isFree = chain.isEmpty && converters.header.converter === simpleHeaderConverter;
  return isFree && key !== undefined && value !== undefined ? { key, value } : undefined;
};
