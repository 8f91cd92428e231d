/** Each option of Debezium's connectors: the test that is about it, or the sentence that refuses it. Held as a table in the docs. */
import { expect, test } from '@jest/globals';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { RawConfig } from '@headrace/foundation';
import { mysqlSource } from './connector.ts';

const root = new URL('../../../', import.meta.url);
const tableFile = new URL('packages/docs/mysql-options.md', root);

/** Of families one member stands for all. */
const debezium = [
  'topic.prefix database.hostname database.port database.user database.password database.server.id database.server.id.offset',
  'database.include.list database.exclude.list table.include.list table.exclude.list column.include.list column.exclude.list',
  'table.ignore.builtin message.key.columns skipped.operations skip.messages.without.change tombstones.on.delete',
  'include.schema.comments decimal.handling.mode binary.handling.mode time.precision.mode bigint.unsigned.handling.mode',
  'enable.time.adjuster unavailable.value.placeholder column.mask.with.3.chars column.mask.hash.v2.SHA-256.with.salt.pepper',
  'column.truncate.to.2.chars column.propagate.source.type datatype.propagate.source.type converters post.processors',
  'schema.name.adjustment.mode field.name.adjustment.mode event.processing.failure.handling.mode',
  'event.converting.failure.handling.mode event.deserialization.failure.handling.mode inconsistent.schema.handling.mode',
  'max.batch.size max.queue.size max.queue.size.in.bytes queue.provider.type poll.interval.ms query.fetch.size',
  'database.query.timeout.ms heartbeat.interval.ms topic.heartbeat.prefix heartbeat.topics.prefix topic.heartbeat.name',
  'heartbeat.action.query topic.naming.strategy topic.delimiter topic.cache.size topic.transaction topic.regex',
  'topic.replacement topic.key.enforce.uniqueness provide.transaction.metadata transaction.metadata.factory',
  'extended.headers.enabled include.query include.schema.changes snapshot.mode snapshot.mode.custom.name',
  'snapshot.mode.configuration.based.snapshot.data snapshot.mode.configuration.based.snapshot.schema',
  'snapshot.mode.configuration.based.start.stream snapshot.mode.configuration.based.snapshot.on.schema.error',
  'snapshot.mode.configuration.based.snapshot.on.data.error snapshot.query.mode snapshot.query.mode.custom.name snapshot.locking.mode',
  'snapshot.locking.mode.custom.name snapshot.lock.timeout.ms snapshot.include.collection.list',
  'snapshot.select.statement.overrides snapshot.fetch.size snapshot.delay.ms streaming.delay.ms snapshot.max.threads',
  'snapshot.max.threads.multiplier snapshot.max.threads.multiplier.t legacy.snapshot.max.threads',
  'snapshot.tables.order.by.row.count min.row.count.to.stream.results incremental.snapshot.chunk.size',
  'incremental.snapshot.watermarking.strategy incremental.snapshot.allow.schema.changes read.only signal.data.collection',
  'signal.enabled.channels signal.poll.interval.ms signal.kafka.topic signal.kafka.bootstrap.servers signal.kafka.groupId',
  'signal.kafka.poll.timeout.ms signal.consumer.x signal.file notification.enabled.channels notification.sink.topic.name',
  'errors.max.retries retriable.restart.connector.wait.ms connection.validation.timeout.ms executor.shutdown.timeout.ms',
  'connect.timeout.ms connect.keep.alive connect.keep.alive.interval.ms use.nongraceful.disconnect binlog.buffer.size',
  'binlog.net.write.timeout binlog.net.read.timeout gtid.source.includes gtid.source.excludes gtid.source.filter.dml.events',
  'gtid.ignore.on.recovery database.initial.statements database.ssl.mode database.ssl.keystore database.ssl.keystore.password',
  'database.ssl.truststore database.ssl.truststore.password database.jdbc.driver database.protocol driver.x ddl.parser.type',
  'schema.history.internal schema.history.internal.kafka.topic custom.metric.tags statistics.metrics.enabled',
  'guardrail.collections.max guardrail.collections.limit.action sourceinfo.struct.maker custom.sanitize.pattern',
  'openlineage.integration.enabled',
].flatMap((line) => line.split(' '));

/** Titles of tests. */
const shownByTest: Readonly<Record<string, string>> = {
  'database.include.list': '%s decides which databases are captured',
  'database.exclude.list': '%s decides which databases are captured',
  'table.include.list': '%j chooses the tables of the snapshot',
  'table.exclude.list': '%j chooses the tables of the snapshot',
  'snapshot.include.collection.list': '%j chooses the tables of the snapshot',
  'column.include.list': '%j chooses columns, the key always among them',
  'column.exclude.list': '%j chooses columns, the key always among them',
  'message.key.columns': 'message.key.columns names other keys',
  'skipped.operations': 'skipped.operations takes a change of the key for an update',
  'skip.messages.without.change': 'skip.messages.without.change leaves updates out that change no captured column',
  'tombstones.on.delete': 'tombstones.on.delete=false: nothing follows a delete',
  'include.schema.comments': '%j: fields tell a comment (%p) and a type (%p)',
  'column.propagate.source.type': '%j: fields tell a comment (%p) and a type (%p)',
  'datatype.propagate.source.type': '%j: fields tell a comment (%p) and a type (%p)',
  'decimal.handling.mode': '%j decides what a value looks like, read and streamed (%s %s: %p)',
  'binary.handling.mode': '%j decides what a value looks like, read and streamed (%s %s: %p)',
  'time.precision.mode': '%j decides what a value looks like, read and streamed (%s %s: %p)',
  'enable.time.adjuster': '%j decides what a value looks like, read and streamed (%s %s: %p)',
  'bigint.unsigned.handling.mode': 'bigint.unsigned.handling.mode=precise keeps what 63 bits cannot hold',
  'event.converting.failure.handling.mode': '%j decides what a value looks like, read and streamed (%s %s: %p)',
  'column.mask.with.3.chars': 'what is masked is seen neither in a snapshot nor in a change, old row or key',
  'column.mask.hash.v2.SHA-256.with.salt.pepper': 'what is masked is seen neither in a snapshot nor in a change, old row or key',
  'column.truncate.to.2.chars': 'what is masked is seen neither in a snapshot nor in a change, old row or key',
  'topic.delimiter': '%j decides on names: topic %s, schema %s',
  'schema.name.adjustment.mode': '%j decides on names: topic %s, schema %s',
  'field.name.adjustment.mode': '%j decides on names: topic %s, schema %s',
  'topic.naming.strategy': 'topic.naming.strategy: a Unicode form keeps characters apart that topics cannot have',
  'table.ignore.builtin': 'table.ignore.builtin=false captures the tables of the server itself',
  'database.query.timeout.ms': 'a query ends after database.query.timeout.ms',
  'snapshot.locking.mode':
    'the lock of a snapshot is waited for as long as snapshot.lock.timeout.ms; snapshot.locking.mode=none takes none',
  'snapshot.lock.timeout.ms':
    'the lock of a snapshot is waited for as long as snapshot.lock.timeout.ms; snapshot.locking.mode=none takes none',
  'extended.headers.enabled':
    'extended.headers.enabled=false leaves the headers away; headrace.reported.version is what the source block says',
  'include.query': 'include.query puts the statement into the source block',
  'include.schema.changes': 'tells what happens to captured tables, and nothing of others',
  'heartbeat.interval.ms': 'heartbeat.interval.ms sends heartbeats; %j names their topic %s',
  'topic.heartbeat.prefix': 'heartbeat.interval.ms sends heartbeats; %j names their topic %s',
  'topic.heartbeat.name': 'heartbeat.interval.ms sends heartbeats; %j names their topic %s',
  'provide.transaction.metadata': 'events say their place; begin and end are told, with what was captured',
  'topic.transaction': 'skipped operations, rows of snapshots and schema changes do not count',
  'snapshot.mode': 'where the log is gone, %j takes a new snapshot and goes on from there',
  'snapshot.select.statement.overrides': 'snapshot.select.statement.overrides chooses the rows of the snapshot',
  'snapshot.fetch.size': 'loses no delete of a row that was read before, lets no key go backwards and reads finished pieces once',
  'max.queue.size.in.bytes': 'max.queue.size.in.bytes bounds what of the log one batch is made of',
  'max.batch.size': 'from any stored position the rest is told exactly, inside a transaction too',
  'snapshot.delay.ms': 'snapshot.delay.ms holds the snapshot back, streaming.delay.ms the log',
  'streaming.delay.ms': 'snapshot.delay.ms holds the snapshot back, streaming.delay.ms the log',
  'snapshot.max.threads': 'snapshot.max.threads connections share a table: each row once, the last one marked last',
  'legacy.snapshot.max.threads': 'legacy.snapshot.max.threads leaves a table to one connection',
  'snapshot.tables.order.by.row.count': 'snapshot.tables.order.by.row.count=%s orders tables by their estimated sizes',
  'snapshot.mode.configuration.based.snapshot.data': 'configuration_based reads and streams as its flags say',
  'snapshot.mode.configuration.based.start.stream': 'configuration_based reads and streams as its flags say',
  'snapshot.mode.configuration.based.snapshot.on.data.error': 'where the log is gone, %j takes a new snapshot and goes on from there',
  'incremental.snapshot.chunk.size': 'an incremental snapshot goes on behind its last chunk after a restart',
  'signal.data.collection': 'an incremental snapshot reads tables chunk by chunk, each row marked incremental',
  'notification.enabled.channels':
    'a blocking snapshot rests the log, reads the tables by a statement where one is given, and the log goes on',
  'notification.sink.topic.name':
    'a blocking snapshot rests the log, reads the tables by a statement where one is given, and the log goes on',
  'signal.poll.interval.ms': 'is looked at every signal.poll.interval.ms',
  'errors.max.retries': 'is tried errors.max.retries times, with pauses of retriable.restart.connector.wait.ms at most',
  'retriable.restart.connector.wait.ms': 'is tried errors.max.retries times, with pauses of retriable.restart.connector.wait.ms at most',
  'connect.timeout.ms': 'and takes connections without a word is given up after connect.timeout.ms',
  'gtid.source.includes': 'a transaction of a source that does not count is passed over, and may be gone from the log',
  'gtid.source.excludes': 'a transaction of a source that does not count is passed over, and may be gone from the log',
  'gtid.source.filter.dml.events': 'a transaction of a source that does not count is passed over, and may be gone from the log',
  'database.initial.statements': 'database.initial.statements run on every connection',
  'database.ssl.mode': 'verify-ca and verify-full refuse a certificate of an authority that nobody knows',
};

const bySignalTests = 'shared with PostgreSQL, whose test shows it: signals.integration.test.ts';

/** Options whose effect no test here shows, or that have none; each with the reason. */
const notShown: Readonly<Record<string, string>> = {
  'poll.interval.ms': 'no effect by design: batches are handed on as soon as there is something',
  'max.queue.size': 'only held against max.batch.size: bytes bound what is read ahead',
  'unavailable.value.placeholder': 'no effect: whole rows are demanded of the log',
  'read.only': 'no effect by design: nothing is ever written',
  'snapshot.max.threads.multiplier': 'no effect by design: connections share a table piece by piece, as each is free',
  'snapshot.mode.configuration.based.snapshot.schema': 'no effect by design: tables are always described',
  'snapshot.mode.configuration.based.snapshot.on.schema.error': 'no effect by design: shapes of tables lie beside the position',
  'schema.history.internal': 'accepted, no effect by design: shapes of tables lie beside the position',
  'schema.history.internal.kafka.topic': 'accepted, no effect by design: shapes of tables lie beside the position',
  'signal.enabled.channels': bySignalTests,
  'signal.kafka.topic': bySignalTests,
  'signal.file': bySignalTests,
};

/** Every test connects by these. */
const connection = new Set(['hostname', 'port', 'user', 'password', 'server.id'].map((part) => `database.${part}`).concat('topic.prefix'));

const required: RawConfig = { 'topic.prefix': 'p', 'database.hostname': 'h', 'database.user': 'u', 'database.server.id': '1' };

/** What validation says to an unusual value; undefined: nothing. */
const refusal = (option: string): string | undefined => {
  const raw = { ...required, [option]: 'unusual' };
  const { values, problems } = mysqlSource.config.parse(raw);
  const found = [...problems, ...(mysqlSource.validate?.(values, raw) ?? [])].find(({ key }) => key === option);
  return found?.message.split(': ').slice(1).join(': ');
};

const tests = globSync(['test/*.ts', 'src/*/*.test.ts'], { cwd: new URL('packages/source-mysql', root).pathname })
  .toSorted()
  .map((file) => ({ file, text: readFileSync(new URL(`packages/source-mysql/${file}`, root), 'utf8') }));

/** The file that has the title, and names the option. */
const fileOf = (title: string, option: string): string | undefined =>
  tests.find(({ text }) => text.includes(title) && text.includes(`'${option}'`))?.file;

const evidenceOf = (option: string): string => {
  if (connection.has(option)) return 'every test connects by it';
  const title = shownByTest[option];
  if (title !== undefined) {
    const file = fileOf(title, option);
    return file === undefined ? '' : `${file}: ${title}`;
  }
  const reason = notShown[option];
  if (reason !== undefined) return reason;
  const sentence = option in mysqlSource.config.keys ? undefined : refusal(option);
  return sentence === undefined ? '' : `refused: ${sentence}`;
};

const evidence = debezium.map((option) => [option, evidenceOf(option)] as const);

test('every option of the connectors is shown by a test, refused by a sentence, or named as not shown', () => {
  expect(evidence.filter(([, shownBy]) => shownBy === '' || shownBy === 'refused: ').map(([option]) => option)).toEqual([]);
});

test('every option that is defined is in the table', () => {
  expect(Object.keys(mysqlSource.config.keys).filter((key) => !debezium.includes(key) && !key.startsWith('headrace.'))).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const table = [
    '# Options of the MySQL and MariaDB connectors, and what shows their effect',
    '',
    'Generated by `packages/source-mysql/src/option-evidence.test.ts` from the options that Debezium documents: the test that gives the option, or',
    'the sentence with which validation refuses a value that would have to do something. With `HEADRACE_WITHOUT_OPTION=<option>` the tests of the',
    'package run without that option: the one that is named here then fails.',
    '',
    '| option | shown by |',
    '| --- | --- |',
    ...evidence.map(([option, shownBy]) => `| \`${option}\` | ${shownBy.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});
