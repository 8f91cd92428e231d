import { primitive, type SinkRecord } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Gate } from './support/gate.ts';
import { TableEvents } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { everyTarget, urlBehind, type TargetDatabase } from './support/targets.ts';
import { inTransaction, TransactionTopic } from './support/transactions.ts';

/** Milliseconds that bytes take in one direction: a target in another zone. */
const AWAY_MS = 5;
const TRANSACTIONS = 3_000;
/** Records of one put: half a thousand transactions. */
const STEP = 2_000;

describe.each(everyTarget)('lanes in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const logOf = (topic: string): readonly SinkRecord[] => {
    const text = primitive('string');
    const events = new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', primitive('int32')],
        ['note', text],
      ],
    });
    const boundaries = new TransactionTopic(`${topic}_tx`);
    return Array.from({ length: TRANSACTIONS }, (__, number) => {
      const id = `${String(number)}:1`;
      return [
        boundaries.begin(id),
        inTransaction(events.create({ id: 2 * number, note: 'one' }), id, 1),
        inTransaction(events.create({ id: 2 * number + 1, note: 'other' }), id, 2),
        boundaries.end(id, 2),
      ];
    }).flat();
  };

  /** Transactions in a second, decoded records to durable rows. */
  const pace = async (topic: string, gate: Gate, parallel: string): Promise<number> => {
    const config = {
      'connection.url': urlBehind(target, gate),
      'transaction.atomic': 'true',
      'transaction.parallel': parallel,
      'batch.size': '200',
    };
    const log = logOf(topic);
    await target.rows(`CREATE TABLE ${topic} (id int PRIMARY KEY, note varchar(20))`);
    await using task = await startTask(target, { topics: [topic, `${topic}_tx`], connector: topic, config });
    // Connections and statements are made by the first ones.
    await task.put(...log.slice(0, STEP));
    const startedAt = performance.now();
    for (let at = STEP; at < log.length; at += STEP) await task.task.put(log.slice(at, at + STEP), new AbortController().signal);
    await task.task.flush(new AbortController().signal);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(task.reported).toEqual([]);
    expect((await target.rows(`SELECT count(*) AS rows_there FROM ${topic}`))[0]?.['rows_there']).toBe(String(2 * TRANSACTIONS));
    return (log.length - STEP) / 4 / seconds;
  };

  test('independent transactions are applied at least twice as fast by lanes', async () => {
    await using gate = await Gate.before(target.port, AWAY_MS);
    const serial = await pace('one_lane', gate, '1');
    const parallel = await pace('many_lanes', gate, '8');
    expect(parallel / serial).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
