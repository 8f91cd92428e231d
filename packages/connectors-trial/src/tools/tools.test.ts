import { primitive, type SinkRecord, type SourceConnector } from '@headrace/connector-api';
import { sinkChecks, sinkContext, sourceChecks, sourceContext } from '@headrace/connector-api/testing';
import { silentLogger, type ConfigKeys, type RawConfig } from '@headrace/foundation';
import { asObject, VirtualClock } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import { mockSink, mockSource } from './mock.ts';
import type { PrintLines } from './print-lines.ts';
import { schemaSourceOf } from './schema-source.ts';
import { verifiableSinkOf } from './verifiable-sink.ts';
import { verifiableSourceOf } from './verifiable-source.ts';

const { signal } = new AbortController();

const printer = (): { readonly print: PrintLines; readonly lines: Readonly<Record<string, unknown>>[] } => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  return { lines, print: (more) => lines.push(...(more as typeof lines)) };
};

const record = (offset: number): SinkRecord => ({
  topic: 't',
  partition: 0,
  offset: BigInt(offset),
  original: { topic: 't', partition: 0, offset: BigInt(offset) },
  keySchema: primitive('int32'),
  key: 3,
  valueSchema: primitive('int64'),
  value: 100 + offset,
  headers: [],
  timestamp: 0,
});

const nothing: PrintLines = () => undefined;
const received = printer();
const suites = {
  'the verifiable source': sourceChecks({
    connector: verifiableSourceOf(nothing),
    config: { topic: 't', throughput: '2000' },
  }),
  'the schema source': sourceChecks({
    connector: schemaSourceOf(nothing),
    config: { topic: 't', throughput: '2000', 'num.messages': '1200' },
  }),
  'the verifiable sink': sinkChecks({
    connector: verifiableSinkOf(received.print),
    config: {},
    records: [record(0), record(1)],
    count: () => Promise.resolve(new Set(received.lines.filter((line) => line['flushed'] === true).map((line) => line['offset'])).size),
  }),
};

describe.each(Object.entries(suites))('%s passes the conformance suite', (_, checks) => {
  test.each(checks.map((check) => [check.name, check] as const))('%s', async (_name, check) => {
    await check.run();
  });
});

/** Polls once for every second that passes. */
const polls = async <K extends ConfigKeys>(connector: SourceConnector<K>, raw: RawConfig, count: number, stored?: number) => {
  const clock = new VirtualClock();
  const { values, problems } = connector.config.parse(raw);
  expect(problems).toEqual([]);
  const positions = stored === undefined ? [] : [{ partition: { id: 0 }, offset: { seqno: stored } }];
  await using task = connector.createTask(values, { ...sourceContext(raw, positions), clock });
  await task.start(signal);
  const batches = [];
  for (let round = 0; round < count; round += 1) {
    const polling = task.poll(signal);
    await clock.advance(1_000);
    const batch = await polling;
    if (batch === null) continue;
    batches.push(batch.records.map(asObject));
    for (const position of batch.positions) task.acknowledge(position);
  }
  return batches.flat();
};

describe('the verifiable source', () => {
  test('counts at its rate from behind its position, and prints what is sent, then what is committed', async () => {
    const { print, lines } = printer();
    const records = await polls(verifiableSourceOf(print), { topic: 't', throughput: '4' }, 3, 6);
    const seqnos = records.map(({ value }) => value);
    expect(seqnos).toEqual(seqnos.map((_, index) => 7 + index));
    expect(seqnos.length).toBeGreaterThan(4);
    expect(seqnos.length).toBeLessThanOrEqual(3 * 4 + 1);
    expect(records.map(({ key }) => key)).toEqual(seqnos.map(() => 0));
    const line = { name: 'conformance', task: 0, topic: 't', time_ms: expect.any(Number) };
    expect(lines.filter((printed) => !('committed' in printed))).toEqual(seqnos.map((seqno) => ({ ...line, seqno })));
    expect(lines.filter((printed) => 'committed' in printed)).toEqual(seqnos.map((seqno) => ({ ...line, seqno, committed: true })));
  });

  test('writes all it knows with complete.record.data', async () => {
    const raw = { topic: 't', throughput: '4', 'complete.record.data': 'true' };
    const [first] = await polls(verifiableSourceOf(printer().print), raw, 1);
    expect(first?.valueSchema).toMatchObject({ type: 'struct', isOptional: false });
    expect((first?.value as { toObject(): object }).toObject()).toEqual({
      name: 'conformance',
      task: 0,
      topic: 't',
      time_ms: expect.any(Number),
      seqno: 0,
    });
  });
});

test('the verifiable sink prints what it is given, and again when it is flushed', async () => {
  const { print, lines } = printer();
  await using task = verifiableSinkOf(print).createTask({}, sinkContext([{ topic: 't', partition: 0 }]));
  await task.put([record(5)], signal);
  const line = { name: 'conformance', task: 3, sinkTask: 0, topic: 't', time_ms: expect.any(Number), seqno: 105, offset: 5n };
  expect(lines).toEqual([line]);
  await task.flush(signal);
  expect(lines).toEqual([line, { ...line, flushed: true }]);
});

describe('the schema source', () => {
  test('has two versions of its schema in turn, and rests when all is made', async () => {
    const raw = { topic: 't', throughput: '0', 'num.messages': '5', 'multiple.schema': 'true', 'partition.count': '2' };
    const records = await polls(schemaSourceOf(printer().print), raw, 4);
    expect(records.map(({ valueSchema }) => valueSchema?.version)).toEqual([1, 2, 1, 2, 1]);
    const values = records.map(({ value }) => (value as { toObject(): Record<string, unknown> }).toObject());
    expect(values.map((value) => [value['seqno'], value['partitioning'], value['string']])).toEqual([
      [0, 0, undefined],
      [1, 1, 'def'],
      [2, 0, undefined],
      [3, 1, 'def'],
      [4, 0, undefined],
    ]);
  });
});

describe('the mock connectors', () => {
  const configOf = (raw: RawConfig) => mockSource.config.parse(raw).values;

  test.each([
    [{}, undefined],
    [{ mock_mode: 'connector-failure', delay_ms: '2000' }, undefined],
    [{ mock_mode: 'task-failure', delay_ms: '2000' }, /fails as its mock_mode says/],
    [{ mock_mode: 'task-failure' }, undefined],
  ])('their tasks, told %j, fail within 3 s or not', async (raw, reason) => {
    const clock = new VirtualClock();
    await using source = mockSource.createTask(configOf(raw), { ...sourceContext(raw), clock });
    await using sink = mockSink.createTask(configOf(raw), { ...sinkContext([]), clock });
    await sink.flush(signal);
    await clock.advance(3_000);
    const polling = source.poll(signal);
    const outcomes = [polling, sink.put([], signal)];
    if (reason === undefined) {
      await clock.advance(1_000);
      await Promise.all(outcomes);
    } else for (const outcome of outcomes) await expect(outcome).rejects.toThrow(reason);
  });

  test.each([
    [{ mock_mode: 'connector-failure', delay_ms: '2000' }, /Connector "c" fails/],
    [{ mock_mode: 'task-failure', delay_ms: '2000' }, undefined],
  ])('the connector, told %j, fails within 3 s or not', async (raw, reason) => {
    const clock = new VirtualClock();
    const watching = mockSource.watch?.(configOf(raw), { connector: 'c', log: silentLogger, clock }, signal) ?? Promise.resolve();
    const outcome = reason === undefined ? watching : expect(watching).rejects.toThrow(reason);
    await clock.advance(3_000);
    await outcome;
  });
});
