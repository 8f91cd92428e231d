/** Each option of Debezium's connector: the test that is about it, or the sentence that refuses it. Held as a table in the docs. */
import { expect, test } from '@jest/globals';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { RawConfig } from '@headrace/foundation';
import { postgresSource } from './connector.ts';

const root = new URL('../../../', import.meta.url);
const tableFile = new URL('packages/docs/postgres-options.md', root);

/** Of families one member stands for all. */
const debezium = [
  'topic.prefix database.hostname database.port database.user database.password database.dbname database.query.timeout.ms',
  'table.include.list table.exclude.list column.include.list column.exclude.list table.ignore.builtin message.key.columns',
  'skipped.operations skip.messages.without.change tombstones.on.delete include.schema.comments decimal.handling.mode',
  'binary.handling.mode time.precision.mode unavailable.value.placeholder column.mask.with.3.chars',
  'column.mask.hash.SHA-256.with.salt.CzQMA0cB5K column.mask.hash.v2.SHA-256.with.salt.pepper column.truncate.to.3.chars',
  'column.propagate.source.type datatype.propagate.source.type converters post.processors schema.name.adjustment.mode',
  'field.name.adjustment.mode event.processing.failure.handling.mode event.converting.failure.handling.mode max.batch.size',
  'max.queue.size max.queue.size.in.bytes queue.provider.type poll.interval.ms query.fetch.size heartbeat.interval.ms',
  'topic.heartbeat.prefix heartbeat.topics.prefix topic.heartbeat.name heartbeat.action.query topic.naming.strategy',
  'topic.delimiter topic.cache.size topic.transaction topic.regex topic.replacement topic.key.enforce.uniqueness',
  'provide.transaction.metadata transaction.metadata.factory extended.headers.enabled snapshot.mode snapshot.mode.custom.name',
  'snapshot.mode.configuration.based.snapshot.data snapshot.mode.configuration.based.snapshot.schema',
  'snapshot.mode.configuration.based.start.stream snapshot.mode.configuration.based.snapshot.on.schema.error',
  'snapshot.mode.configuration.based.snapshot.on.data.error snapshot.query.mode snapshot.query.mode.custom.name',
  'snapshot.locking.mode snapshot.locking.mode.custom.name snapshot.lock.timeout.ms snapshot.include.collection.list',
  'snapshot.select.statement.overrides snapshot.fetch.size snapshot.delay.ms streaming.delay.ms snapshot.max.threads',
  'snapshot.max.threads.multiplier snapshot.max.threads.multiplier.t legacy.snapshot.max.threads',
  'snapshot.tables.order.by.row.count snapshot.isolation.mode incremental.snapshot.chunk.size',
  'incremental.snapshot.watermarking.strategy incremental.snapshot.allow.schema.changes read.only signal.data.collection',
  'signal.enabled.channels signal.poll.interval.ms signal.kafka.topic signal.kafka.bootstrap.servers signal.kafka.groupId',
  'signal.kafka.poll.timeout.ms signal.consumer.x signal.file notification.enabled.channels notification.sink.topic.name',
  'errors.max.retries retriable.restart.connector.wait.ms connection.validation.timeout.ms executor.shutdown.timeout.ms',
  'custom.metric.tags statistics.metrics.enabled guardrail.collections.max guardrail.collections.limit.action',
  'sourceinfo.struct.maker custom.sanitize.pattern openlineage.integration.enabled internal.log.position.check.enable driver.x',
  'plugin.name slot.name slot.drop.on.stop slot.failover slot.stream.params slot.max.retries slot.retry.delay.ms',
  'offset.mismatch.strategy publication.name publication.autocreate.mode publish.via.partition.root',
  'replica.identity.autoset.values schema.include.list schema.exclude.list message.prefix.include.list',
  'message.prefix.exclude.list hstore.handling.mode interval.handling.mode money.fraction.digits include.unknown.datatypes',
  'schema.refresh.mode xmin.fetch.interval.ms status.update.interval.ms lsn.flush.mode flush.lsn.source lsn.flush.timeout.ms',
  'lsn.flush.timeout.action database.initial.statements database.sslmode database.sslcert database.sslkey',
  'database.sslpassword database.sslrootcert database.sslfactory database.tcpKeepAlive',
].flatMap((line) => line.split(' '));

/** Options whose effect no test shows yet, or that have none; each with the reason. */
const notShown: Readonly<Record<string, string>> = {
  'poll.interval.ms': 'no effect by design: batches are handed on as soon as there is something',
  'max.queue.size': 'only held against max.batch.size: bytes bound what is read ahead',
  'snapshot.mode.configuration.based.snapshot.schema': 'no effect by design: tables are always described',
  'snapshot.mode.configuration.based.snapshot.on.schema.error': 'no effect by design: there is no schema history',
  'database.sslmode': 'tls.integration.test.ts: disable does not get in where TLS is demanded',
  'database.sslrootcert': 'tls.integration.test.ts: every test there trusts by it',
  'schema.refresh.mode': 'no effect by design: tables are described by the log, and unchanged TOAST values cause no other look',
};

/** Every test connects by these. */
const connection = new Set(['database.hostname', 'database.port', 'database.user', 'database.password', 'database.dbname', 'slot.name']);

const required: RawConfig = { 'topic.prefix': 'p', 'database.hostname': 'h', 'database.user': 'u', 'database.dbname': 'd' };

/** What validation says to an unusual value; undefined: nothing. */
const refusal = (option: string): string | undefined => {
  const raw = { ...required, [option]: 'unusual' };
  const { values, problems } = postgresSource.config.parse(raw);
  const found = [...problems, ...(postgresSource.validate?.(values, raw) ?? [])].find(({ key }) => key === option);
  return found?.message.split(': ').slice(1).join(': ');
};

const testFiles = globSync(
  [
    'packages/source-postgres/test/*.test.ts',
    'packages/worker/test/lanes.integration.test.ts',
    'packages/cdc/src/columns/*.test.ts',
    'test/e2e/*.test.ts',
  ],
  {
    cwd: root.pathname,
  },
).toSorted();

/** File and title of the first test that gives the option. */
const testOf = (option: string): string | undefined => {
  for (const file of testFiles) {
    const text = readFileSync(new URL(file, root), 'utf8');
    const at = text.indexOf(`'${option}'`);
    if (at < 0) continue;
    // The options of a table stand before the title, all others behind it.
    const isTabled = text.lastIndexOf('test.each', at) > Math.max(text.lastIndexOf("])('", at), text.lastIndexOf("test('", at));
    const titles = [...text.matchAll(/(?:test\(|\]\)\()\s*'((?:[^'\\]|\\.)*)'/g)];
    const title = isTabled ? titles.find(({ index }) => index > at) : titles.findLast(({ index }) => index < at);
    if (title !== undefined) return `${file.split('/').at(-1) ?? file}: ${title[1] ?? ''}`;
  }
  return undefined;
};

const isOwn = (option: string): boolean => option in postgresSource.config.keys || /^column\.(mask|truncate)\./.test(option);

const evidence = debezium.map((option): readonly [string, string] => {
  if (connection.has(option)) return [option, 'every test connects by it'];
  if (!isOwn(option)) return [option, `refused: ${refusal(option) ?? ''}`];
  if (option === 'plugin.name') return [option, `refused: ${refusal(option) ?? ''}`];
  return [option, notShown[option] ?? testOf(option) ?? ''];
});

test('every option of the connector is shown by a test, refused by a sentence, or named as not shown', () => {
  expect(evidence.filter(([, shownBy]) => shownBy === '' || shownBy === 'refused: ').map(([option]) => option)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const table = [
    '# Options of the PostgreSQL connector, and what shows their effect',
    '',
    'Generated by `packages/source-postgres/src/option-evidence.test.ts` from the options that Debezium documents: the test that gives the option, or',
    'the sentence with which validation refuses a value that would have to do something.',
    '',
    '| option | shown by |',
    '| --- | --- |',
    ...evidence.map(([option, shownBy]) => `| \`${option}\` | ${shownBy.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});
