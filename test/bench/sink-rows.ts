import { avroConverter } from '@headrace/schema-registry';
import { bytesOfUnscaled, decimalSchema, primitive, Struct, structOf, withOptional } from '@headrace/connector-api';
import type { SinkRecord, SinkTaskContext, StructSchema } from '@headrace/connector-api';
import { CircuitBreaker, silentLogger, silentMeter, systemClock } from '@headrace/foundation';
import { incomingRecord, type IncomingRecord } from '@headrace/ports';
import { sqlSink } from '@headrace/sink-sql';
import { sqlSink as settingsOf } from '../support/product.ts';
import { openTarget } from './cases/sink-target.ts';
import type { SourceKind } from './sources/source-database.ts';

// node --conditions=@headrace/source test/bench/sink-rows.ts [rows] [records of a batch] [object,fused,...] [postgres or mariadb]
// What the sink alone makes of the rows of `sink-pg` and `sink-mariadb`: no Kafka, no worker, the real target and registry of the stack.

const micros = 'io.debezium.time.MicroTimestamp';
const zoned = 'io.debezium.time.ZonedTimestamp';
const note = 'order note 0123456789abcdef0123456789abcdef';
const states = ['new', 'paid', 'shipped', 'cancelled'] as const;
const warmUpRows = 60_000;
const { signal } = new AbortController();

const rowSchema = structOf(
  [
    ['id', primitive('int64')],
    ['customer_id', primitive('int32')],
    ['status', primitive('string')],
    ['amount', decimalSchema(2, { parameters: { 'connect.decimal.precision': '12' } })],
    ['quantity', primitive('int16')],
    ['is_paid', primitive('boolean')],
    ['score', primitive('float64', { isOptional: true })],
    ['placed_at', primitive('int64', { name: micros, version: 1 })],
    ['updated_at', primitive('string', { name: zoned, version: 1 })],
    ['note', primitive('string', { isOptional: true })],
  ],
  { name: 'bench.public.orders.Value' },
);
const sourceSchema = structOf(
  [
    ['version', primitive('string')],
    ['connector', primitive('string')],
    ['name', primitive('string')],
    ['ts_ms', primitive('int64')],
    ['db', primitive('string')],
    ['sequence', primitive('string', { isOptional: true })],
    ['schema', primitive('string')],
    ['table', primitive('string')],
    ['txId', primitive('int64', { isOptional: true })],
    ['lsn', primitive('int64', { isOptional: true })],
  ],
  { name: 'io.debezium.connector.postgresql.Source', version: 1 },
);
const envelopeSchema = structOf(
  [
    ['before', withOptional(rowSchema, true)],
    ['after', withOptional(rowSchema, true)],
    ['source', sourceSchema],
    ['op', primitive('string')],
    ['ts_ms', primitive('int64', { isOptional: true })],
  ],
  { name: 'bench.public.orders.Envelope', version: 2 },
);
const keySchema = structOf([['id', primitive('int64')]], { name: 'bench.public.orders.Key' });

const start = Date.UTC(2026, 0, 1);
const valuesOf = (id: number): unknown[] => [
  id,
  (id * 7_919) % 100_000,
  states[id % 4],
  bytesOfUnscaled(BigInt(id % 1_000_000)),
  id % 100,
  id % 2 === 0,
  id / 7,
  (start + (id % 31_536_000) * 1_000) * 1_000,
  new Date(start + (id % 31_536_000) * 1_000).toISOString().replace('.000Z', `.${String(id % 1_000_000).padStart(6, '0')}Z`),
  note,
];

const topic = 'bench.public.orders';
const registry = { 'schema.registry.url': process.env['SCHEMA_REGISTRY_URL'] ?? '' };
const key = avroConverter.create(registry, true);
const value = avroConverter.create(registry, false);

const encoderOf = async (schema: StructSchema, isKey: boolean) => {
  const encode = await (isKey ? key : value).encoderFor(topic, schema, signal);
  return (values: unknown[]): Buffer => Buffer.from(encode(new Struct(schema, values)) ?? []);
};

const encodedRows = async (rows: number): Promise<readonly IncomingRecord[]> => {
  const encodeKey = await encoderOf(keySchema, true);
  const encodeValue = await encoderOf(envelopeSchema, false);
  const source = new Struct(sourceSchema, ['3.6.0', 'postgresql', 'bench', start, 'bench', '["1","2"]', 'public', 'orders', 7, 8]);
  return Array.from({ length: rows }, (_, index): IncomingRecord => {
    const row = new Struct(rowSchema, valuesOf(index + 1));
    const parts = { key: encodeKey([index + 1]), value: encodeValue([null, row, source, 'c', start]) };
    return incomingRecord({ topic, partition: 0, offset: BigInt(index), timestamp: start, headers: [], ...parts });
  });
};

/** Without a promise per record, as the runtime does it. */
const decodeAll = async (batch: readonly IncomingRecord[]): Promise<readonly SinkRecord[]> => {
  const decoded: SinkRecord[] = [];
  for (const { key: keyBytes, value: valueBytes, partition, offset } of batch) {
    let keyPart = key.decode(topic, keyBytes);
    if (keyPart instanceof Promise) keyPart = await keyPart;
    let valuePart = value.decode(topic, valueBytes);
    if (valuePart instanceof Promise) valuePart = await valuePart;
    const { schema: keySchema, value: keyValue } = keyPart;
    const parts = { keySchema, key: keyValue, valueSchema: valuePart.schema, value: valuePart.value };
    decoded.push({ topic, partition, offset, ...parts, headers: [], timestamp: 0, original: { topic, partition, offset } });
  }
  return decoded;
};

const contextOf = (isRead: boolean): SinkTaskContext => ({
  id: { connector: 'bench', task: 0 },
  clusterId: 'bench',
  epoch: { incarnation: 1, revision: 1n },
  log: silentLogger,
  meter: silentMeter,
  clock: systemClock,
  partitions: [{ topic, partition: 0 }],
  flow: { pause: () => undefined, resume: () => undefined, rewind: () => undefined, requestCommit: () => undefined },
  confirmOwnership: async () => Promise.resolve(true),
  circuitOf: () => new CircuitBreaker(systemClock),
  reportRecord: async (_, error) => Promise.reject(error),
  ...(isRead && key.fields !== undefined && value.fields !== undefined ? { reading: { key: key.fields, value: value.fields } } : {}),
});

/** Applies all records to a database of its own; CPU and time of those behind the warm-up. */
const run = async (records: readonly IncomingRecord[], { kind, batchSize, isRead }: Run): Promise<Record<string, unknown>> => {
  const servers = { postgresUrl: process.env['POSTGRES_URL'] ?? '', mariadbUrl: process.env['MARIADB_URL'] ?? '' };
  await using target = await openTarget(kind, servers);
  const config = sqlSink.config.parse(settingsOf(target.url, topic)).values;
  const fields = sqlSink.valueFields?.(config);
  if (fields !== undefined) value.choose?.(fields);
  await using task = sqlSink.createTask(config, contextOf(isRead));
  await task.start(signal);
  let startedAt = performance.now();
  let cpu = process.cpuUsage();
  for (let from = 0; from < records.length; from += batchSize) {
    if (from === warmUpRows) [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const batch = records.slice(from, from + batchSize);
    const decode = async (): Promise<readonly SinkRecord[]> => decodeAll(batch);
    if (task.putEncoded === undefined) await task.put(await decode(), signal);
    else await task.putEncoded({ records: batch, decode }, signal);
  }
  await task.flush(signal);
  const measured = records.length - warmUpRows;
  const { user, system } = process.cpuUsage(cpu);
  const rowsPerSecond = Math.round((measured / (performance.now() - startedAt)) * 1_000);
  return { kind, lane: task.lane, batchSize, cpuMicrosPerRow: Number(((user + system) / measured).toFixed(2)), rowsPerSecond };
};

interface Run {
  readonly kind: SourceKind;
  readonly batchSize: number;
  readonly isRead: boolean;
}

const [rows = '260000', batchSize = '2000', lanes = 'object,fused,object,fused', kind = 'postgres'] = process.argv.slice(2);
const records = await encodedRows(Number(rows));
for (const lane of lanes.split(',')) {
  const result = await run(records, {
    kind: kind === 'mariadb' ? kind : 'postgres',
    batchSize: Number(batchSize),
    isRead: lane === 'fused',
  });
  console.log(JSON.stringify(result));
}
