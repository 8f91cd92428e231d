import type { PartitionPosition, SinkFlow, TopicPartition } from '@headrace/connector-api';
import type { RecordReader } from '@headrace/ports';

/** What a sink task asks of its reader. A task is started before it has one: what it asks for until then is done by `attach`. */
export class ReaderFlow implements SinkFlow {
  readonly #early: ((reader: RecordReader) => void)[] = [];
  #reader: RecordReader | undefined;
  #wantsCommit = false;

  attach(reader: RecordReader): void {
    this.#reader = reader;
    for (const ask of this.#early.splice(0)) ask(reader);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#ask((reader) => {
      reader.pause(partitions);
    });
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#ask((reader) => {
      reader.resume(partitions);
    });
  }

  rewind(position: PartitionPosition): void {
    this.#ask((reader) => {
      reader.seek(position);
    });
  }

  requestCommit(): void {
    this.#wantsCommit = true;
  }

  /** Whether a commit was asked for since the last look. */
  takeCommitRequest(): boolean {
    const isWanted = this.#wantsCommit;
    this.#wantsCommit = false;
    return isWanted;
  }

  #ask(what: (reader: RecordReader) => void): void {
    if (this.#reader === undefined) this.#early.push(what);
    else what(this.#reader);
  }
}
