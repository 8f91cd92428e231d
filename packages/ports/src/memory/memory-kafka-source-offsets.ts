import type { JsonMap, SourcePosition } from '@headrace/connector-api';
import type { SourceOffsets } from '../source-offsets.ts';
import type { MemoryKafkaOffsetsLog } from './memory-kafka-offsets-log.ts';

export class MemoryKafkaSourceOffsets implements SourceOffsets {
  readonly #log: MemoryKafkaOffsetsLog;

  constructor(log: MemoryKafkaOffsetsLog) {
    this.#log = log;
  }

  async positions(connector: string, signal: AbortSignal): Promise<readonly SourcePosition[]> {
    return await this.#log.positions(connector, signal);
  }

  async position(connector: string, partition: JsonMap, signal: AbortSignal): Promise<JsonMap | null> {
    return (await this.#log.find(connector, partition, signal))?.offset ?? null;
  }

  async alter(connector: string, positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
    for (const { partition, offset } of positions) {
      const stored = await this.#log.find(connector, partition, signal);
      this.#log.appendPlainly(connector, { partition: stored?.partition ?? partition, offset });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
