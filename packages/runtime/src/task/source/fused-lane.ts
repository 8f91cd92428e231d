import type { FusedHeaders, FusedLane } from '@headrace/connector-api';
import { isOfRecord } from '../record/stage-error.ts';
import { binaryPairOf } from '../record/task-converters.ts';
import type { RecordEncoderOptions } from './record-encoder.ts';

const noBytes = new Uint8Array(0);

/**
 * The lane in which a source writes its records as bytes itself; undefined where something wants to see them as objects: a
 * transform, or a converter that cannot be written to. Chosen once, when the task starts.
 */
export const fusedLaneOf = ({ chain, converters, errors }: RecordEncoderOptions): FusedLane | undefined => {
  const binary = binaryPairOf(converters);
  if (!chain.isEmpty || binary === undefined) return undefined;
  const { key, value } = binary;
  return {
    form: value.form,
    headersOf: async (topic, keySchema, valueSchema, signal): Promise<FusedHeaders | null> => {
      const headers = async (): Promise<FusedHeaders> => ({
        key: keySchema === null ? noBytes : await key.headerOf(topic, keySchema, signal),
        value: await value.headerOf(topic, valueSchema, signal),
      });
      try {
        return await errors.retrying(headers, signal);
      } catch (error) {
        // What is wrong with a record is the error policy's business, and that sees objects.
        if (isOfRecord(error)) return null;
        throw error;
      }
    },
  };
};
