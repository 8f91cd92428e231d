import { percentiles } from './measure/latency.ts';

// node test/bench/validate.ts [http://127.0.0.1:8083] [requests]
// How long a worker takes to validate a connector of sixty settings: one client, one request after the other, over HTTP.

const className = 'io.debezium.connector.postgresql.PostgresConnector';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const warmUp = 50;

const transforms = Array.from({ length: 5 }, (_, index) => `route${String(index)}`);
const predicates = ['mine', 'theirs'];

/** Every family of settings is there: the connector's own, transforms, predicates, converters, clients, groups of topics. */
const config: Readonly<Record<string, string>> = {
  name: 'sixty',
  'connector.class': className,
  'tasks.max': '1',
  'database.hostname': 'localhost',
  'database.port': '5432',
  'database.user': 'capture',
  'database.password': 'secret',
  'database.dbname': 'shop',
  'topic.prefix': 'shop',
  'plugin.name': 'pgoutput',
  'slot.name': 'shop',
  'publication.name': 'shop',
  'publication.autocreate.mode': 'filtered',
  'schema.include.list': 'public',
  'table.include.list': 'public.orders,public.lines,public.customers',
  'snapshot.mode': 'initial',
  'decimal.handling.mode': 'string',
  'heartbeat.interval.ms': '10000',
  'max.batch.size': '2048',
  'max.queue.size': '8192',
  'tombstones.on.delete': 'false',
  'key.converter': JSON_CONVERTER,
  'key.converter.schemas.enable': 'false',
  'value.converter': JSON_CONVERTER,
  'value.converter.schemas.enable': 'true',
  'errors.tolerance': 'all',
  'errors.retry.timeout': '60000',
  'errors.log.enable': 'true',
  'topic.creation.groups': 'orders',
  'topic.creation.default.replication.factor': '1',
  'topic.creation.default.partitions': '6',
  'topic.creation.orders.include': '.*orders.*',
  'topic.creation.orders.partitions': '12',
  'producer.override.compression.type': 'zstd',
  'producer.override.linger.ms': '5',
  transforms: transforms.join(','),
  ...Object.fromEntries(
    transforms.flatMap((alias) => [
      [`transforms.${alias}.type`, 'org.apache.kafka.connect.transforms.RegexRouter'],
      [`transforms.${alias}.regex`, `(.*)\\.${alias}`],
      [`transforms.${alias}.replacement`, '$1'],
      [`transforms.${alias}.predicate`, 'mine'],
    ]),
  ),
  predicates: predicates.join(','),
  ...Object.fromEntries(
    predicates.flatMap((alias) => [
      [`predicates.${alias}.type`, 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches'],
      [`predicates.${alias}.pattern`, '.*'],
    ]),
  ),
};

const validate = async (base: string): Promise<number> => {
  const startedAt = performance.now();
  const response = await fetch(`${base}/connector-plugins/${className}/config/validate`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(config),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as {
    readonly error_count?: number;
    readonly configs?: readonly { readonly value: { readonly errors: readonly string[] } }[];
  };
  const micros = (performance.now() - startedAt) * 1_000;
  if (response.status !== 200 || answer.error_count !== 0) {
    throw new Error(
      `The configuration is not good: ${String(response.status)} ${JSON.stringify(answer.configs?.flatMap(({ value }) => value.errors))}`,
    );
  }
  return micros;
};

const [base = 'http://127.0.0.1:8083', requests = '1000'] = process.argv.slice(2);
const took: number[] = [];
for (let request = 0; request < warmUp + Number(requests); request += 1) {
  const micros = await validate(base);
  if (request >= warmUp) took.push(micros);
}
console.log(JSON.stringify({ settings: Object.keys(config).length, requests: took.length, ...percentiles(took) }));
