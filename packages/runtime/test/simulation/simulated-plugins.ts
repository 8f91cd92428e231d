import {
  defineSinkConnector,
  defineSourceConnector,
  primitive,
  type ConverterPlugin,
  type PartitionPosition,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
} from '@headrace/connector-api';
import { defineConfig, FencedError } from '@headrace/foundation';
import type { SeededRandom } from '@headrace/testkit';
import { createPluginRegistry, type PluginRegistry } from '../../src/index.ts';

/** Sources have this many streams, which their tasks share. */
const STREAMS = 4;
const PERIOD_MS = 250;

/** What one put of a sink has left in its target. */
export interface AppliedRecord {
  readonly value: string;
  readonly offset: bigint;
  readonly epoch: bigint;
  readonly workerId: string;
}

/** One partition of a target: rows, and where the target keeps them, the fence and the position beside them. */
export interface TargetPartition {
  fence: bigint;
  position: bigint | undefined;
  readonly applied: AppliedRecord[];
}

/** Targets of all sinks, by connector and partition. */
export class SimulatedTargets {
  readonly partitions = new Map<string, TargetPartition>();

  of(connector: string, { topic, partition }: { readonly topic: string; readonly partition: number }): TargetPartition {
    const name = `${connector}/${topic}-${String(partition)}`;
    const known = this.partitions.get(name) ?? { fence: 0n, position: undefined, applied: [] };
    this.partitions.set(name, known);
    return known;
  }
}

const text = primitive('string');

/** Streams count up from 1 as time passes; a record says its stream, its number, and the epoch of who wrote it. */
class SequenceSource implements SourceTask {
  readonly #context: SourceTaskContext;
  readonly #streams: readonly number[];
  readonly #numbers = new Map<number, number>();
  readonly #random: SeededRandom;

  constructor(streams: readonly number[], context: SourceTaskContext, random: SeededRandom) {
    this.#streams = streams;
    this.#context = context;
    this.#random = random;
  }

  async start(): Promise<void> {
    for (const stream of this.#streams) {
      const position = await this.#context.position({ stream });
      this.#numbers.set(stream, Number(position?.['number'] ?? 0));
    }
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const { clock } = this.#context;
    await clock.sleep(this.#random.between(PERIOD_MS / 2, PERIOD_MS), signal);
    const due = Math.floor(clock.monotonic() / PERIOD_MS);
    const batches = this.#streams.map((stream) => this.#next(stream, due));
    const records = batches.flat();
    if (records.length === 0) return null;
    const positions = this.#streams.map((stream) => ({ partition: { stream }, offset: { number: this.#numbers.get(stream) ?? 0 } }));
    return { records, positions };
  }

  acknowledge(): void {
    // The streams keep everything.
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #next(stream: number, due: number): readonly SourceRecord[] {
    const from = this.#numbers.get(stream) ?? 0;
    const to = Math.min(due, from + 2);
    this.#numbers.set(stream, Math.max(from, to));
    const { id, epoch } = this.#context;
    return Array.from({ length: Math.max(0, to - from) }, (_, index) => ({
      topic: id.connector,
      partition: stream % 2,
      keySchema: text,
      key: String(stream),
      valueSchema: text,
      value: `${String(stream)}:${String(from + index + 1)}:${String(epoch.revision)}`,
      headers: [],
      timestamp: undefined,
    }));
  }
}

/** Applies records with the fence compared, and the position kept, in one step; or, unfenced, without either. */
class TargetSink implements SinkTask {
  readonly #context: SinkTaskContext;
  readonly #targets: SimulatedTargets;
  readonly #isFenced: boolean;
  readonly #workerId: string;

  constructor(context: SinkTaskContext, targets: SimulatedTargets, isFenced: boolean, workerId: string) {
    this.#context = context;
    this.#targets = targets;
    this.#isFenced = isFenced;
    this.#workerId = workerId;
  }

  async start(signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    await this.#context.clock.sleep(5, signal);
    if (!this.#isFenced) return [];
    return this.#context.partitions.flatMap((partition) => {
      const target = this.#target(partition);
      if (target.fence > this.#context.epoch.revision) throw stale();
      target.fence = this.#context.epoch.revision;
      return target.position === undefined ? [] : [{ ...partition, offset: target.position }];
    });
  }

  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    await this.#context.clock.sleep(5, signal);
    for (const record of records) this.#apply(record);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #apply({ original, value }: SinkRecord): void {
    const target = this.#target(original);
    const epoch = this.#context.epoch.revision;
    if (this.#isFenced && target.fence !== epoch) throw stale();
    if (this.#isFenced && target.position !== undefined && original.offset < target.position) return;
    target.position = original.offset + 1n;
    target.applied.push({ value: value as string, offset: original.offset, epoch, workerId: this.#workerId });
  }

  #target(partition: { readonly topic: string; readonly partition: number }): TargetPartition {
    return this.#targets.of(this.#context.id.connector, partition);
  }
}

const stale = (): FencedError => new FencedError('simulation.stale', 'The target knows a newer owner.');

const textConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['simulation.Text'],
  version: '1',
  config: defineConfig({}),
  create: () => ({
    encoderFor: () => Promise.resolve((value) => (value === null ? null : Buffer.from(value as string))),
    decode: (_topic, bytes) => ({ schema: null, value: bytes === null ? null : Buffer.from(bytes).toString() }),
  }),
};

/** The plugins of one worker; what its tasks do to targets carries its name. */
export const simulatedPlugins = (targets: SimulatedTargets, random: SeededRandom, workerId: string): PluginRegistry => {
  const source = defineSourceConnector({
    name: 'sequence',
    classNames: ['simulation.Sequence'],
    version: '1',
    config: defineConfig({ streams: { type: 'STRING', importance: 'LOW', default: '', doc: 'Given to each task.' } }),
    planTasks: (_, maxTasks) => {
      const count = Math.min(maxTasks, STREAMS);
      const streams = (task: number): readonly number[] =>
        Array.from({ length: STREAMS }, (_, stream) => stream).filter((s) => s % count === task);
      return Array.from({ length: count }, (_, task) => ({ streams: streams(task).join(' ') }));
    },
    createTask: ({ streams }, context) => new SequenceSource(streams.split(' ').map(Number), context, random),
  });
  const sink = (name: string, isFenced: boolean) =>
    defineSinkConnector({
      name,
      classNames: [`simulation.${name}`],
      version: '1',
      config: defineConfig({}),
      isFenced,
      createTask: (_, context) => new TargetSink(context, targets, isFenced, workerId),
    });
  return createPluginRegistry([source, sink('Fenced', true), sink('Unfenced', false), textConverter]);
};
