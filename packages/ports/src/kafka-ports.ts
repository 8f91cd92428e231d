import type { RecordReaders } from './record-reader.ts';
import type { RecordWriters } from './record-writer.ts';
import type { SinkOffsetStores } from './sink-offsets.ts';
import type { SourceOffsets } from './source-offsets.ts';
import type { TopicAdmin } from './topic-admin.ts';

/** All that one process does with one Kafka cluster. Disposed after its writers, readers and offsets. */
export interface KafkaPorts extends AsyncDisposable {
  readonly writers: RecordWriters;
  readonly readers: RecordReaders;
  readonly admin: TopicAdmin;
  readonly sourceOffsets: SourceOffsets;
  readonly sinkOffsets: SinkOffsetStores;
}
