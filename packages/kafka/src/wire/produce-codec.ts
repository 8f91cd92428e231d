import { Writer, type Reader } from '@platformatic/kafka';

/** Produce, version 9 (Kafka 2.8): flexible, topics by name. */
export const produceApi = { key: 0, version: 9 } as const;

/** One batch's bytes for one partition; the protocol allows no more than one per partition in a request. */
export interface ProduceEntry {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly message: string | null;
}

/** acks = -1 always: anything else cannot be durable. `transactionalId` null for batches outside a transaction. */
export const encodeProduce = (transactionalId: string | null, timeoutMs: number, entries: readonly ProduceEntry[]): Writer => {
  const byTopic = new Map<string, ProduceEntry[]>();
  for (const entry of entries) {
    const known = byTopic.get(entry.topic);
    if (known === undefined) byTopic.set(entry.topic, [entry]);
    else known.push(entry);
  }
  const writer = Writer.create()
    .appendString(transactionalId)
    .appendInt16(-1)
    .appendInt32(timeoutMs)
    .appendUnsignedVarInt(byTopic.size + 1);
  for (const [topic, parts] of byTopic) {
    writer.appendString(topic).appendUnsignedVarInt(parts.length + 1);
    for (const { partition, bytes } of parts) {
      writer
        .appendInt32(partition)
        .appendUnsignedVarInt(bytes.length + 1)
        .append(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      writer.appendTaggedFields();
    }
    writer.appendTaggedFields();
  }
  return writer.appendTaggedFields();
};

/** Results of all partitions; errors are theirs, never thrown. */
export const decodeProduce = (_correlationId: number, _key: number, _version: number, reader: Reader): readonly ProduceResult[] => {
  const results: ProduceResult[] = [];
  const topicCount = reader.readUnsignedVarInt() - 1;
  for (let topicIndex = 0; topicIndex < topicCount; topicIndex += 1) {
    const topic = reader.readString();
    const partitionCount = reader.readUnsignedVarInt() - 1;
    for (let index = 0; index < partitionCount; index += 1) results.push(decodePartition(topic, reader));
    reader.readTaggedFields();
  }
  return results;
};

const decodePartition = (topic: string, reader: Reader): ProduceResult => {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.skip(24); // base offset, append time, log start
  const recordErrors = reader.readUnsignedVarInt() - 1;
  let recordMessage: string | null = null;
  for (let index = 0; index < recordErrors; index += 1) {
    reader.readInt32();
    recordMessage ??= reader.readNullableString();
    reader.readTaggedFields();
  }
  const message = reader.readNullableString() ?? recordMessage;
  reader.readTaggedFields();
  return { topic, partition, errorCode, message };
};
