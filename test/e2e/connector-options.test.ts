import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoneWorker, textsOf } from '../support/lone-worker.ts';
import { unique } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { until } from '../support/wait.ts';

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const SMT = 'org.apache.kafka.connect.transforms';

/** Options that every connector has: each shown by what comes of it in records, topics or answers. */
describe('options of the framework', () => {
  let lone: LoneWorker;

  beforeAll(async () => {
    lone = await LoneWorker.start({ 'exactly.once.source.support': 'disabled' });
  }, 240_000);

  afterAll(() => lone[Symbol.asyncDispose]());

  /** The messages of a file source over these lines. */
  const sourced = async (lines: readonly string[], config: ConnectorConfig, topic = unique('lines')) => {
    const file = join(lone.folder, topic);
    await writeFile(file, `${lines.join('\n')}\n`);
    await lone.worker.rest.create(topic, { 'connector.class': 'FileStreamSource', file, topic, ...config });
    return lone.messages(topic, lines.length);
  };

  /** Errors of a configuration by key. */
  const problems = async (config: ConnectorConfig): Promise<Readonly<Record<string, readonly string[]>>> => {
    const { body } = await lone.worker.rest.call('PUT', `/connector-plugins/${config['connector.class'] ?? ''}/config/validate`, {
      name: 'n',
      ...config,
    });
    const { configs } = body as {
      readonly configs: readonly { readonly value: { readonly name: string; readonly errors: readonly string[] } }[];
    };
    return Object.fromEntries(configs.filter(({ value }) => value.errors.length > 0).map(({ value }) => [value.name, value.errors]));
  };

  const fileSource = { 'connector.class': 'FileStreamSource', file: 'x', topic: 't' };

  test('key.converter, value.converter and header.converter make the bytes', async () => {
    const shaped = {
      transforms: 'hoist,key,head',
      ...{ 'transforms.hoist.type': `${SMT}.HoistField$Value`, 'transforms.hoist.field': 'line' },
      ...{ 'transforms.key.type': `${SMT}.ValueToKey`, 'transforms.key.fields': 'line' },
      ...{ 'transforms.head.type': `${SMT}.InsertHeader`, 'transforms.head.header': 'h', 'transforms.head.value.literal': 'true' },
    };
    const [plain] = await sourced(['a'], shaped);
    expect([plain?.key, plain?.value, plain?.headers?.['h']].map(String)).toEqual(['Struct{line=a}', 'Struct{line=a}', 'true']);
    const [json] = await sourced(['a'], {
      ...shaped,
      ...{ 'key.converter': JSON_CONVERTER, 'key.converter.schemas.enable': 'false' },
      ...{ 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' },
      ...{ 'header.converter': JSON_CONVERTER, 'header.converter.schemas.enable': 'true' },
    });
    expect(String(json?.key)).toBe('{"line":"a"}');
    expect(JSON.parse(String(json?.value))).toMatchObject({ schema: { type: 'struct' }, payload: { line: 'a' } });
    expect(JSON.parse(String(json?.headers?.['h']))).toMatchObject({ schema: { type: 'boolean' }, payload: true });
  });

  test('transforms and predicates change records, in their order and where they hold', async () => {
    const tagged = {
      transforms: 'first,second',
      predicates: 'mine',
      ...{ 'predicates.mine.type': `${SMT}.predicates.TopicNameMatches`, 'predicates.mine.pattern': 'lines_.*' },
      ...{ 'transforms.first.type': `${SMT}.HoistField$Value`, 'transforms.first.field': 'a', 'transforms.first.predicate': 'mine' },
      ...{ 'transforms.second.type': `${SMT}.HoistField$Value`, 'transforms.second.field': 'b', 'transforms.second.predicate': 'mine' },
    };
    expect(textsOf(await sourced(['x'], tagged))).toEqual(['Struct{b=Struct{a=x}}']);
    expect(textsOf(await sourced(['x'], { ...tagged, 'transforms.first.negate': 'true' }))).toEqual(['Struct{b=x}']);
  });

  test('connector.plugin.version and those of converters, transforms and predicates refuse what is not installed', async () => {
    const classes = { 'key.converter': JSON_CONVERTER, 'value.converter': JSON_CONVERTER, 'header.converter': JSON_CONVERTER };
    const plugins = {
      ...{ transforms: 'f', 'transforms.f.type': `${SMT}.Filter`, 'transforms.f.predicate': 'p' },
      ...{ predicates: 'p', 'predicates.p.type': `${SMT}.predicates.RecordIsTombstone` },
    };
    const versions = ['key.converter', 'value.converter', 'header.converter', 'transforms.f', 'predicates.p'].map(
      (prefix) => `${prefix}.plugin.version`,
    );
    const at = (version: string): ConnectorConfig => Object.fromEntries(versions.map((key) => [key, version]));
    expect(await problems({ ...fileSource, ...classes, ...plugins, ...at('[0.0.1,)') })).toEqual({});
    const found = await problems({ ...fileSource, ...classes, ...plugins, ...at('[900.0,)') });
    expect(Object.keys(found).toSorted()).toEqual(versions.toSorted());
    expect(Object.keys(await problems({ ...fileSource, 'connector.plugin.version': '[900.0,)' }))).toEqual([
      'connector.class',
      'connector.plugin.version',
    ]);
  });

  test('tasks.max bounds the tasks; more fail the connector unless tasks.max.enforce=false', async () => {
    const name = unique('tasks');
    await lone.worker.rest.create(name, {
      ...{
        'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
        quickstart: 'users',
        'kafka.topic': name,
        iterations: '1',
      },
      ...{ 'tasks.max': '3' },
    });
    expect((await lone.worker.rest.running(name, 3)).tasks).toHaveLength(3);
    const greedy = { 'connector.class': 'org.example.DealingSourceConnector', topic: 't', count: '0', tasks: '2', 'tasks.max': '1' };
    const refused = unique('tasks');
    await lone.worker.rest.create(refused, greedy);
    const failed = await until(
      'the connector is FAILED',
      async () => {
        const state = await lone.worker.rest.state(refused);
        return state?.connector.state === 'FAILED' ? state : undefined;
      },
      { withinMs: 60_000 },
    );
    expect(failed.connector.trace).toContain('planned 2 tasks, but tasks.max is 1');
    const tolerated = unique('tasks');
    await lone.worker.rest.create(tolerated, { ...greedy, 'tasks.max.enforce': 'false' });
    expect((await lone.worker.rest.running(tolerated, 2)).tasks).toHaveLength(2);
  });

  test('config.action.reload: a task starts again with what a changed file holds, unless it is none', async () => {
    const [old, renamed] = [unique('old'), unique('renamed')];
    const [secret, lines] = [join(lone.folder, 'topic'), join(lone.folder, 'reloaded.txt')];
    await Promise.all([writeFile(secret, old), writeFile(lines, 'one\n')]);
    const topic = `\${dir:${lone.folder}:topic}`;
    const config = { 'connector.class': 'FileStreamSource', file: lines, 'tasks.max': '1' };
    await lone.worker.rest.create('follows', { ...config, topic: `follows-${topic}` });
    await lone.worker.rest.create('stays', { ...config, topic: `stays-${topic}`, 'config.action.reload': 'none' });
    const topicsOf = async (name: string): Promise<readonly string[]> => {
      const { body } = await lone.worker.rest.call('GET', `/connectors/${name}/topics`);
      return (body as Readonly<Record<string, { readonly topics: readonly string[] }>>)[name]?.topics ?? [];
    };
    for (const name of ['follows', 'stays']) {
      await until(`${name} has its topic`, async () => (await topicsOf(name)).includes(`${name}-${old}`), { withinMs: 30_000 });
    }
    await writeFile(secret, renamed);
    const goesElsewhere = async (): Promise<boolean> => {
      await appendFile(lines, 'more\n');
      return (await topicsOf('follows')).includes(`follows-${renamed}`);
    };
    await until('its lines go to the topic of the new name', goesElsewhere, { withinMs: 30_000 });
    expect(await topicsOf('stays')).toEqual([`stays-${old}`]);
  });

  test('topic.creation.* gives topics their partitions and settings, by the first group that a name belongs to', async () => {
    const prefix = unique('made');
    const groups = {
      'topic.creation.groups': 'short',
      ...{
        'topic.creation.default.partitions': '3',
        'topic.creation.default.replication.factor': '1',
        'topic.creation.default.retention.ms': '86400000',
      },
      ...{ 'topic.creation.short.include': `${prefix}-short.*`, 'topic.creation.short.exclude': '.*not' },
      ...{
        'topic.creation.short.partitions': '2',
        'topic.creation.short.replication.factor': '1',
        'topic.creation.short.retention.ms': '3600000',
      },
    };
    const [plain, short, excluded] = [prefix, `${prefix}-short`, `${prefix}-short-not`];
    for (const topic of [plain, short, excluded]) await sourced(['x'], groups, topic);
    const admin = lone.kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [plain, short, excluded] });
    expect(new Map(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual(
      new Map([
        [plain, 3],
        [short, 2],
        [excluded, 3],
      ]),
    );
    const settingOf = async (topic: string, setting: string): Promise<string | undefined> => {
      const { resources } = await admin.describeConfigs({
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [setting] }],
        includeSynonyms: false,
      });
      return resources[0]?.configEntries[0]?.configValue;
    };
    expect(await Promise.all([plain, short, excluded].map((topic) => settingOf(topic, 'retention.ms')))).toEqual([
      '86400000',
      '3600000',
      '86400000',
    ]);
    await admin.disconnect();
    const tooMany = unique('made');
    const file = join(lone.folder, tooMany);
    await writeFile(file, 'x\n');
    await lone.worker.rest.create(tooMany, {
      ...{
        ...fileSource,
        file,
        topic: tooMany,
        'topic.creation.default.partitions': '1',
        'topic.creation.default.replication.factor': '2',
      },
    });
    expect(await lone.worker.rest.failed(tooMany)).toContain('INVALID_REPLICATION_FACTOR');
  });

  test('exactly.once.support=required and a foreign offsets.storage.topic are refused by a worker that does not have them', async () => {
    expect(await problems({ ...fileSource, 'exactly.once.support': 'required' })).toEqual({
      'exactly.once.support': [expect.stringContaining('exactly-once source support')],
    });
    expect(await problems({ ...fileSource, 'offsets.storage.topic': 'mine' })).toEqual({
      'offsets.storage.topic': [expect.stringContaining('offsets topic of the worker')],
    });
    expect(await problems({ ...fileSource, 'exactly.once.support': 'requested' })).toEqual({});
  });

  test('topics names what a sink reads, topics.regex all that match, those that come later too', async () => {
    const prefix = unique('read');
    const linesOf = async (file: string): Promise<readonly string[]> =>
      (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1).toSorted();
    await lone.produce(`${prefix}-a`, ['a']);
    await lone.produce(`${prefix}-b`, ['b']);
    const [listed, matched] = [join(lone.folder, `${prefix}-listed`), join(lone.folder, `${prefix}-matched`)];
    await lone.worker.rest.create(`${prefix}-listed`, { 'connector.class': 'FileStreamSink', file: listed, topics: `${prefix}-a` });
    await lone.worker.rest.create(`${prefix}-matched`, {
      'connector.class': 'FileStreamSink',
      file: matched,
      'topics.regex': `${prefix}-.`,
    });
    await until('both topics are read', async () => (await linesOf(matched)).length === 2, { withinMs: 60_000 });
    await lone.produce(`${prefix}-c`, ['c']);
    await until('the new topic is read', async () => (await linesOf(matched)).length === 3, { withinMs: 90_000 });
    expect(await linesOf(matched)).toEqual(['a', 'b', 'c']);
    expect(await linesOf(listed)).toEqual(['a']);
  });

  test('consumer.override.group.id names the group of a sink, in Kafka and for REST', async () => {
    const [name, group] = [unique('grouped'), unique('group')];
    await lone.produce(name, ['a', 'b']);
    await lone.worker.rest.create(name, {
      ...{ 'connector.class': 'FileStreamSink', file: join(lone.folder, name), topics: name, 'consumer.override.group.id': group },
    });
    const admin = lone.kafka.admin();
    await admin.connect();
    const committed = async (): Promise<string | undefined> =>
      (await admin.fetchOffsets({ groupId: group, topics: [name] }))[0]?.partitions.find(({ partition }) => partition === 0)?.offset;
    await until('its offset is in that group', async () => (await committed()) === '2', { withinMs: 60_000 });
    await admin.disconnect();
    const { body } = await lone.worker.rest.call('GET', `/connectors/${name}/offsets`);
    expect(JSON.stringify(body)).toContain('"kafka_offset":2');
  });

  test('consumer.override.isolation.level and auto.offset.reset say what a sink reads: committed records from the first on by default', async () => {
    const topic = unique('isolated');
    await lone.produce(topic, ['early']);
    const producer = lone.kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'aborted', partition: 0 }] });
    await transaction.abort();
    await producer.disconnect();
    const linesOf = async (name: string): Promise<readonly string[]> =>
      (await readFile(join(lone.folder, name), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    const start = async (name: string, overrides: ConnectorConfig): Promise<void> => {
      await lone.worker.rest.create(name, {
        'connector.class': 'FileStreamSink',
        file: join(lone.folder, name),
        topics: topic,
        ...overrides,
      });
      await lone.worker.rest.running(name);
    };
    const [committed, all, latest] = [`${topic}-committed`, `${topic}-all`, `${topic}-latest`];
    await start(committed, {});
    await start(all, { 'consumer.override.isolation.level': 'read_uncommitted' });
    await start(latest, { 'consumer.override.auto.offset.reset': 'latest' });
    await lone.produce(topic, ['late']);
    for (const name of [committed, all, latest]) {
      await until(`${name} has read to the end`, async () => (await linesOf(name)).includes('late'), { withinMs: 60_000 });
    }
    expect(await linesOf(committed)).toEqual(['early', 'late']);
    expect(await linesOf(all)).toEqual(['early', 'aborted', 'late']);
    expect(await linesOf(latest)).toEqual(['late']);
  });

  test('errors.deadletterqueue.topic.replication.factor is that of the queue: three by default, which one broker refuses', async () => {
    const name = unique('queue');
    await lone.produce(name, ['no json']);
    const sink = {
      ...{ 'connector.class': 'FileStreamSink', file: join(lone.folder, name), topics: name, 'value.converter': JSON_CONVERTER },
      ...{ 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': `${name}-errors` },
    };
    await lone.worker.rest.create(`${name}-three`, sink);
    expect(await lone.worker.rest.failed(`${name}-three`)).toContain('INVALID_REPLICATION_FACTOR');
    await lone.worker.rest.create(`${name}-one`, { ...sink, 'errors.deadletterqueue.topic.replication.factor': '1' });
    expect(textsOf(await lone.messages(`${name}-errors`, 1))).toEqual(['no json']);
  });
});
