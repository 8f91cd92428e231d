import { Writer, type Reader } from '@platformatic/kafka';

/** Fetch, version 12 (Kafka 2.7): the newest that names topics instead of numbering them. */
export const fetchApi = { key: 1, version: 12 } as const;

export interface FetchEntry {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface FetchLimits {
  readonly isCommittedOnly: boolean;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** For the answer; its first batch comes whole, however large. */
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** The record set as stored, batches undecoded; the last one may be cut off. */
  readonly bytes: Buffer;
}

export interface FetchResult {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
  /** Parts in which the answer came, of which nothing is needed any more. */
  readonly spent: readonly Buffer[];
}

/** A full fetch outside a session, as a consumer. */
export const encodeFetch = (limits: FetchLimits, entries: readonly FetchEntry[]): Writer => {
  const byTopic = new Map<string, FetchEntry[]>();
  for (const entry of entries) {
    const known = byTopic.get(entry.topic);
    if (known === undefined) byTopic.set(entry.topic, [entry]);
    else known.push(entry);
  }
  const writer = Writer.create()
    .appendInt32(-1)
    .appendInt32(limits.maxWaitMs)
    .appendInt32(limits.minBytes)
    .appendInt32(limits.maxBytes)
    .appendInt8(limits.isCommittedOnly ? 1 : 0)
    .appendInt32(0)
    .appendInt32(-1)
    .appendUnsignedVarInt(byTopic.size + 1);
  for (const [topic, parts] of byTopic) {
    writer.appendString(topic).appendUnsignedVarInt(parts.length + 1);
    for (const { partition, offset } of parts) {
      writer.appendInt32(partition).appendInt32(-1).appendInt64(offset).appendInt32(-1).appendInt64(-1n);
      writer.appendInt32(limits.partitionMaxBytes).appendTaggedFields();
    }
    writer.appendTaggedFields();
  }
  return writer.appendUnsignedVarInt(1).appendString('').appendTaggedFields();
};

const emptyBuffer: Buffer = Buffer.alloc(0);

/** Errors are the partitions', never thrown. */
export const decodeFetch = (_correlationId: number, _key: number, _version: number, reader: Reader): FetchResult => {
  reader.skip(4); // throttle time
  const errorCode = reader.readInt16();
  reader.skip(4); // session
  const partitions: FetchedPartition[] = [];
  const topicCount = reader.readUnsignedVarInt() - 1;
  for (let topicIndex = 0; topicIndex < topicCount; topicIndex += 1) {
    const topic = reader.readString();
    const partitionCount = reader.readUnsignedVarInt() - 1;
    for (let index = 0; index < partitionCount; index += 1) partitions.push(decodePartition(topic, reader));
    reader.readTaggedFields();
  }
  const isSpent = ({ buffer }: Buffer): boolean => partitions.every(({ bytes }) => bytes.buffer !== buffer);
  return { errorCode, partitions, spent: reader.buffer.buffers.filter(isSpent) };
};

const decodePartition = (topic: string, reader: Reader): FetchedPartition => {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = reader.readInt64();
  reader.skip(16); // last stable offset, log start
  const abortedCount = reader.readUnsignedVarInt() - 1;
  const aborted: AbortedTransaction[] = [];
  for (let index = 0; index < abortedCount; index += 1) {
    aborted.push({ producerId: reader.readInt64(), firstOffset: reader.readInt64() });
    reader.readTaggedFields();
  }
  reader.skip(4); // preferred read replica
  const size = reader.readUnsignedVarInt() - 1;
  let bytes: Buffer = emptyBuffer;
  if (size > 0) {
    bytes = reader.buffer.slice(reader.position, reader.position + size);
    reader.skip(size);
  }
  reader.readTaggedFields();
  return { topic, partition, errorCode, highWatermark, aborted, bytes };
};
