import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoneWorker } from '../support/lone-worker.ts';
import { root } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

/** What dashboards show of Kafka's clients. */
const KAFKA_CLIENTS: Readonly<Record<string, string>> = {
  producer_producer: `record_{send,error,retry}_{rate,total} outgoing_byte_{rate,total} request_{rate,total} batch_size_{avg,max}
    records_per_request_avg request_latency_{avg,max} record_queue_time_{avg,max}`,
  producer_producer_topic: 'record_send_{rate,total} byte_{rate,total}',
  consumer_consumer_fetch_manager: `{records,bytes}_consumed_{rate,total} fetch_{rate,total} fetch_latency_{avg,max} fetch_size_{avg,max}
    records_lag_max records_lag`,
};

/** Kafka Connect 4's groups and attributes; `x_{max,avg}` stands for two. */
const KAFKA_CONNECT: Readonly<Record<string, string>> = {
  connect_worker: `connector_count task_count {connector,task}_startup_{attempts,success,failure}_total
    {connector,task}_startup_{success,failure}_percentage
    connector_{total,running,paused,failed,unassigned,destroyed,restarting}_task_count`,
  connect_worker_rebalance: `connect_protocol leader_name epoch completed_rebalances_total rebalancing rebalance_{max,avg}_time_ms
    time_since_last_rebalance_ms`,
  connector: 'connector_type connector_class connector_version status',
  connector_task: `status running_ratio pause_ratio offset_commit_{max,avg}_time_ms offset_commit_{failure,success}_percentage batch_size_{max,avg}
    connector_class connector_version connector_type task_class task_version {key,value,header}_converter_{class,version}`,
  connector_transform: 'transform_class transform_version',
  connector_predicate: 'predicate_class predicate_version',
  source_task: `source_record_{poll,write}_{rate,total} poll_batch_{max,avg}_time_ms source_record_active_count
    source_record_active_count_{max,avg} transaction_size_{min,max,avg}`,
  sink_task: `sink_record_{read,send}_{rate,total} sink_record_lag_max partition_count offset_commit_seq_no
    offset_commit_{completion,skip}_{rate,total} put_batch_{max,avg}_time_ms sink_record_active_count sink_record_active_count_{max,avg}`,
  task_error: `total_record_failures total_record_errors total_records_skipped total_retries total_errors_logged
    deadletterqueue_produce_{requests,failures} last_error_timestamp`,
  connect_coordinator: 'assigned_connectors assigned_tasks',
};

const spread = (pattern: string): readonly string[] => {
  const [whole, choices = ''] = /\{(.*?)\}/.exec(pattern) ?? [];
  return whole === undefined ? [pattern] : choices.split(',').flatMap((choice) => spread(pattern.replace(whole, choice)));
};

const namesOf = (groups: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(groups).flatMap(([group, patterns]) =>
    patterns.split(/\s+/).flatMap((pattern) => spread(pattern).map((attribute) => `${group}_metrics_${attribute}`)),
  );

const names = namesOf(KAFKA_CONNECT);

let lone: LoneWorker;

beforeAll(async () => {
  lone = await LoneWorker.start();
}, 240_000);

afterAll(async () => {
  await lone[Symbol.asyncDispose]();
});

/** Of this kind each, for both of source and sink where both have them. */
const missing = async (): Promise<readonly string[]> => {
  const text = await (await fetch(`${lone.worker.address}/metrics`)).text();
  const of = (connector: string): ReadonlySet<string> =>
    new Set(text.split('\n').flatMap((line) => (line.includes(`connector="${connector}"`) ? [line.split('{', 1)[0] ?? ''] : [])));
  const all = new Set(text.split('\n').map((line) => line.split(/[{ ]/, 1)[0] ?? ''));
  const [source, sink] = [of('metrics-source'), of('metrics-sink')];
  return names.filter((name) => {
    const full = `kafka_connect_${name}`;
    if (/^(connector(_task|_transform|_predicate)?|task_error)_metrics_/.test(name)) return !source.has(full) || !sink.has(full);
    return !all.has(full);
  });
};

test('every metric of Kafka Connect is there, but for those that packages/docs/metrics.md lists', async () => {
  const table = await readFile(join(root, 'packages/docs/metrics.md'), 'utf8');
  const declared = [...table.matchAll(/^\| `(\w+)` \| .+ \|$/gm)].map(([, name]) => name);
  const topic = `metrics-${String(process.pid)}`;
  const chain = {
    transforms: 'same',
    'transforms.same.type': 'org.apache.kafka.connect.transforms.InsertHeader',
    ...{ 'transforms.same.header': 'x', 'transforms.same.value.literal': 'y', 'transforms.same.predicate': 'any' },
    ...{ predicates: 'any', 'predicates.any.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches' },
    'predicates.any.pattern': '.*',
  };
  await writeFile(join(lone.folder, 'metrics.txt'), 'one\ntwo\n');
  await lone.worker.rest.create('metrics-source', {
    ...chain,
    ...{ 'connector.class': 'FileStreamSource', file: join(lone.folder, 'metrics.txt'), topic },
  });
  await lone.worker.rest.create('metrics-sink', {
    ...chain,
    ...{ 'connector.class': 'FileStreamSink', file: join(lone.folder, 'metrics.out'), topics: topic },
  });
  let last: readonly string[] = [];
  await until(
    'all metrics but the declared ones are there',
    async () => {
      last = await missing();
      return last.every((name) => declared.includes(name));
    },
    { withinMs: 60_000 },
  ).catch(() => undefined);
  expect(last).toEqual(declared.toSorted((a, b) => names.indexOf(a ?? '') - names.indexOf(b ?? '')));
});

test('Kafka’s clients are measured under the names of Java’s, labelled by connector, task and client', async () => {
  let lines: readonly string[] = [];
  const look = async (): Promise<void> => {
    lines = (await (await fetch(`${lone.worker.address}/metrics`)).text()).split('\n');
  };
  const of = (client: string): readonly string[] => lines.filter((line) => line.includes(`client_id="${client}"`));
  const missingOnes = (): readonly string[] => {
    const clients = [...of('connector-producer-metrics-source-0'), ...of('connector-consumer-metrics-sink-0')];
    const seen = new Set(clients.map((line) => line.split('{', 1)[0]));
    return namesOf(KAFKA_CLIENTS).filter((name) => !seen.has(`kafka_${name}`));
  };
  const valueOf = (name: string, labels: string): number | undefined => {
    const line = lines.find((each) => each.startsWith(`kafka_${name}{`) && each.includes(labels));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  const topic = `topic="metrics-${String(process.pid)}"`;
  const lag = (): number | undefined => valueOf('consumer_consumer_fetch_manager_metrics_records_lag', topic);
  await until('all is there, and everything was read', async () => look().then(() => lag() === 0), { withinMs: 30_000 });
  expect(missingOnes()).toEqual([]);
  // A leader of a new topic may not be known at the first attempt; as with Java's producer each one counts.
  const ofTopic = (outcome: string): number => valueOf(`producer_producer_topic_metrics_record_${outcome}_total`, topic) ?? 0;
  expect(ofTopic('send') - ofTopic('retry')).toBe(2);
  expect(valueOf('consumer_consumer_fetch_manager_metrics_records_consumed_total', topic)).toBe(2);
});
