import { EncodedRecords, type SourceRecord } from '@headrace/connector-api';

/** A record of a source that was given no fused lane. */
export const asObject = (record: SourceRecord | EncodedRecords): SourceRecord => {
  if (record instanceof EncodedRecords) throw new Error('An encoded record where objects were asked for.');
  return record;
};
