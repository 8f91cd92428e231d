import {
  EncodedRecords,
  type Converter,
  type FusedLane,
  type SourceConnector,
  type SourceRecord,
  type SourceTask,
} from '@headrace/connector-api';
import { silentLogger, silentMeter, systemClock, type RawConfig } from '@headrace/foundation';
import { avroConverter } from '@headrace/schema-registry';

/** A record in the bytes that would go to Kafka. */
export interface Wire {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly string[];
}

const { signal } = new AbortController();
export const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run eval "$(./scripts/stack env)" first.`);
  return value;
};
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
const converter = (isKey: boolean): Converter => avroConverter.create({ 'schema.registry.url': env('SCHEMA_REGISTRY_URL') }, isKey);
export const converters = { key: converter(true), value: converter(false) };

/** The lane of a worker whose converters are Avro's. */
export const avroLane = ({ key, value } = converters): FusedLane => {
  const [keys, values] = [key.binary, value.binary];
  if (keys === undefined || values === undefined) throw new Error('The Avro converter has no binary form.');
  return {
    form: values.form,
    headersOf: async (topic, keySchema, valueSchema) => ({
      key: keySchema === null ? new Uint8Array(0) : await keys.headerOf(topic, keySchema, signal),
      value: await values.headerOf(topic, valueSchema, signal),
    }),
  };
};

/** A running task of one lane, and what it has handed out. */
export class LaneRun implements AsyncDisposable {
  readonly records: Wire[] = [];
  encodedCount = 0;
  readonly #task: SourceTask;

  constructor(connector: SourceConnector, settings: RawConfig, fused: FusedLane | undefined) {
    const { values, problems } = connector.config.parse(settings);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    this.#task = connector.createTask(values, {
      id: { connector: 'lanes', task: 0 },
      clusterId: 'test',
      readTopic: () => Promise.reject(new Error('Signals are not read here.')),
      epoch: { incarnation: 1, revision: 1n },
      log: silentLogger,
      meter: silentMeter,
      // Both lanes build their events at one and the same instant.
      clock: {
        now: () => 1_700_000_000_123,
        sinceBoot: () => systemClock.sinceBoot(),
        random: () => systemClock.random(),
        monotonic: () => systemClock.monotonic(),
        sleep: (ms, sleeping) => systemClock.sleep(ms, sleeping),
      },
      confirmOwnership: () => Promise.resolve(true),
      settings,
      position: () => Promise.resolve(null),
      ...(fused === undefined ? {} : { fused }),
    });
  }

  async start(): Promise<void> {
    await this.#task.start(signal);
  }

  async readTo(topic: string): Promise<void> {
    while (!this.records.some((record) => record.topic === topic)) await this.#poll();
  }

  async readCount(count: number): Promise<void> {
    while (this.records.length < count) await this.#poll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task[Symbol.asyncDispose]();
  }

  async #poll(): Promise<void> {
    for (const item of (await this.#task.poll(signal))?.records ?? []) {
      if (item instanceof EncodedRecords) this.#addEncoded(item);
      else this.records.push(await wireOf(item));
    }
  }

  #addEncoded(records: EncodedRecords): void {
    this.encodedCount += records.count;
    for (let record = 0; record < records.count; record += 1) {
      const topic = records.topics[records.topicOf(record)] ?? '';
      this.records.push({ topic, key: hex(records.key(record)), value: hex(records.value(record)), headers: namesOf(records.headers) });
    }
    // What is released may be written over: nothing of it may be used any more.
    records.bytes.fill(0xff);
    records.release();
  }
}

const namesOf = (headers: SourceRecord['headers']): readonly string[] => headers.map(({ key }) => key);

const wireOf = async ({ topic, keySchema, key, valueSchema, value, headers }: SourceRecord): Promise<Wire> => ({
  topic,
  key: hex((await converters.key.encoderFor(topic, keySchema, signal))(key)),
  value: hex((await converters.value.encoderFor(topic, valueSchema, signal))(value)),
  headers: namesOf(headers),
});
