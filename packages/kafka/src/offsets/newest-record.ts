import type { TopicPartition } from '@headrace/connector-api';
import type { IncomingRecord, RecordReader, RecordReaders } from '@headrace/ports';

export interface NewestRecordOptions {
  readonly readers: RecordReaders;
  readonly place: TopicPartition;
  readonly key: Buffer;
  /** First offset of the partition, and the one behind its last. */
  readonly begin: bigint;
  readonly end: bigint;
}

/** How far before the end the first look begins; each further one begins that many times farther back. */
const firstLook = 400n;
const growth = 20n;

const recordsPerPoll = 2_000;
const pollWaitMs = 500;

/**
 * The last record of a key in a partition, looked for from the end: a busy task's is among the last there, while the whole
 * partition is what all tasks have written since it was last compacted. Undefined when there is none.
 */
export const newestRecord = async (options: NewestRecordOptions, signal: AbortSignal): Promise<IncomingRecord | undefined> => {
  const { readers, place, begin, end } = options;
  if (begin >= end) return undefined;
  const from = (look: bigint): bigint => (end - look > begin ? end - look : begin);
  await using reader = await readers.open({ start: [{ ...place, offset: from(firstLook) }], isolation: 'read_committed' }, signal);
  for (let look = firstLook; ; look *= growth) {
    if (look > firstLook) reader.seek({ ...place, offset: from(look) });
    const found = await lastOfKey(reader, options, signal);
    if (found !== undefined || from(look) === begin) return found;
  }
};

const lastOfKey = async (
  reader: RecordReader,
  { key, end }: NewestRecordOptions,
  signal: AbortSignal,
): Promise<IncomingRecord | undefined> => {
  let found: IncomingRecord | undefined;
  for (;;) {
    for (const record of await reader.poll(recordsPerPoll, pollWaitMs, signal)) if (record.key?.equals(key) === true) found = record;
    if (reader.positions().every(({ offset }) => offset >= end)) return found;
  }
};
