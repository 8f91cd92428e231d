import { describe, expect, test } from '@jest/globals';
import { defineSinkConnector, defineSourceConnector, type ConverterPlugin, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig, type ConfigKeys, type RawConfig } from '@headrace/foundation';
import fc from 'fast-check';
import { createPluginRegistry, type Plugin, type PluginRegistry } from '../plugins/plugin-registry.ts';
import { invalidConfigMessage, problemsOf, requireValid } from './problems.ts';
import { createValidator, validateConnector } from './validate-connector.ts';
import type { ValidatedKey, ValidationResult } from './validation.ts';

const unused = (): never => {
  throw new Error('not part of validation');
};

const fileSource = defineSourceConnector({
  name: 'file-source',
  classNames: ['org.apache.kafka.connect.file.FileStreamSourceConnector'],
  version: '1.2.3',
  config: defineConfig({
    file: { type: 'STRING', default: null, importance: 'HIGH', doc: 'Path.' },
    topic: { type: 'STRING', importance: 'HIGH', doc: 'Topic.', group: 'File' },
    'batch.size': { type: 'INT', default: '2000', min: 1, importance: 'LOW', doc: 'Lines.', group: 'File' },
    'file.password': { type: 'PASSWORD', default: null, importance: 'LOW', doc: 'Secret.' },
    'config.action.reload': { type: 'STRING', default: 'none', importance: 'LOW', doc: 'Own.' },
  }),
  validate: (config) => (config.topic === config.file ? [{ key: 'file', message: 'The file must not be called like the topic.' }] : []),
  planTasks: (raw) => [raw],
  createTask: unused,
});

const sqlSink = defineSinkConnector({
  name: 'sql',
  classNames: ['io.debezium.connector.jdbc.JdbcSinkConnector'],
  version: '1.2.3',
  config: defineConfig({ 'connection.url': { type: 'STRING', importance: 'HIGH', doc: 'Where.' } }),
  isFenced: true,
  createTask: unused,
});

const converter = (className: string, keys: ConfigKeys): ConverterPlugin => ({
  kind: 'converter',
  classNames: [className],
  version: '1.2.3',
  config: defineConfig(keys),
  create: unused,
});

const transform = (className: string, keys: ConfigKeys): TransformPlugin => ({
  kind: 'transformation',
  classNames: [className],
  version: '1.2.3',
  config: defineConfig(keys),
  create: unused,
});

const predicate: Plugin = {
  kind: 'predicate',
  classNames: ['org.apache.kafka.connect.transforms.predicates.TopicNameMatches'],
  version: '1.2.3',
  config: defineConfig({ pattern: { type: 'STRING', importance: 'MEDIUM', doc: 'Pattern.' } }),
  create: unused,
};

const plugins: PluginRegistry = createPluginRegistry([
  fileSource,
  sqlSink,
  converter('org.apache.kafka.connect.json.JsonConverter', {
    'schemas.enable': { type: 'BOOLEAN', default: 'true', importance: 'HIGH', doc: 'Schemas.', group: 'Schemas' },
    'converter.type': { type: 'STRING', default: null, importance: 'LOW', doc: 'Side.' },
  }),
  converter('org.apache.kafka.connect.storage.StringConverter', {}),
  transform('org.apache.kafka.connect.transforms.RegexRouter', {
    replacement: { type: 'STRING', importance: 'HIGH', doc: 'By what.' },
    regex: { type: 'STRING', importance: 'HIGH', doc: 'What.' },
  }),
  predicate,
]);

const good: RawConfig = { name: 'inv', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: '/tmp/a', topic: 't' };

const sink: RawConfig = { name: 's', 'connector.class': 'JdbcSink', topics: 'a,b', 'connection.url': 'jdbc:x' };

const find = (result: ValidationResult, name: string): ValidatedKey => {
  const key = result.keys.find((candidate) => candidate.name === name);
  if (key === undefined) throw new Error(`no entry for ${name}`);
  return key;
};

const messages = (raw: RawConfig): Record<string, string[]> => {
  const named: Record<string, string[]> = {};
  for (const { key, message } of problemsOf(validateConnector(plugins, raw))) (named[key] ??= []).push(message);
  return named;
};

describe('a good configuration', () => {
  test('of a source lists the options of dead letters only when it gives one of them', () => {
    const names = (raw: RawConfig): readonly string[] => validateConnector(plugins, raw).keys.map((key) => key.name);
    const ofQueue = (name: string): boolean => name.startsWith('errors.deadletterqueue.');
    expect(names(good).filter(ofQueue)).toEqual([]);
    expect(names({ ...good, 'errors.deadletterqueue.topic.name': 'dead' }).filter(ofQueue)).toHaveLength(3);
    expect(messages({ ...good, 'errors.deadletterqueue.topic.replication.factor': 'many' })).toEqual({
      'errors.deadletterqueue.topic.replication.factor': [expect.stringContaining('Not a number of type SHORT')],
    });
  });

  test('has no errors and lists framework keys, then its own, in definition order', () => {
    const result = validateConnector(plugins, good);
    expect(result.errorCount).toBe(0);
    expect(result.name).toBe('FileStreamSource');
    expect(result.keys.map((key) => key.name)).toEqual([
      'name',
      'connector.class',
      'connector.plugin.version',
      'tasks.max',
      'tasks.max.enforce',
      'key.converter',
      'key.converter.plugin.version',
      'value.converter',
      'value.converter.plugin.version',
      'header.converter',
      'header.converter.plugin.version',
      'transforms',
      'predicates',
      'config.action.reload',
      'errors.retry.timeout',
      'errors.retry.delay.max.ms',
      'errors.tolerance',
      'errors.log.enable',
      'errors.log.include.messages',
      'topic.creation.groups',
      'exactly.once.support',
      'transaction.boundary',
      'transaction.boundary.interval.ms',
      'offsets.storage.topic',
      'file',
      'topic',
      'batch.size',
      'file.password',
    ]);
  });

  test('groups come in the order of Kafka Connect', () => {
    const raw = {
      ...good,
      transforms: 'route',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '.*',
      'transforms.route.replacement': 'x',
      predicates: 'named',
      'predicates.named.type': 'TopicNameMatches',
      'predicates.named.pattern': 'a',
      'value.converter': 'JsonConverter',
    };
    const result = validateConnector(plugins, raw);
    expect(problemsOf(result)).toEqual([]);
    expect(result.groups).toEqual([
      'Common',
      'Transforms',
      'Predicates',
      'Error Handling',
      'Topic Creation',
      'Exactly Once Support',
      'offsets.topic',
      'Transforms: route',
      'Predicates: named',
      'File',
      'Schemas',
    ]);
  });

  test('a key that the connector defines anew keeps the place of the framework key', () => {
    const result = validateConnector(plugins, good);
    expect(find(result, 'config.action.reload').definition?.doc).toBe('Own.');
    expect(result.keys.findIndex((key) => key.name === 'config.action.reload')).toBe(13);
  });

  test('values are shown as parsed: defaults, canonical classes, hidden secrets', () => {
    const result = validateConnector(plugins, { ...good, 'tasks.max': ' 2 ', 'key.converter': 'Json', 'file.password': 'hunter2' });
    expect(find(result, 'tasks.max').value).toBe('2');
    expect(find(result, 'transforms').value).toBe('');
    expect(find(result, 'key.converter').value).toBe('org.apache.kafka.connect.json.JsonConverter');
    expect(find(result, 'file.password').value).toBe('[hidden]');
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(find(result, 'offsets.storage.topic').value).toBeNull();
    expect(find(result, 'connector.plugin.version').value).toBe('1.2.3');
  });

  test('keys of a converter appear only where the connector names the converter', () => {
    const worker = createValidator({ converters: { value: 'org.apache.kafka.connect.json.JsonConverter' } });
    expect(worker(plugins, good).keys.some((key) => key.name.startsWith('value.converter.schemas'))).toBe(false);
    const named = worker(plugins, { ...good, 'value.converter': 'Json', 'value.converter.schemas.enable': 'false' });
    expect(find(named, 'value.converter.schemas.enable').value).toBe('false');
    expect(find(named, 'value.converter.converter.type').value).toBe('value');
    expect(find(worker(plugins, good), 'value.converter').value).toBe('org.apache.kafka.connect.json.JsonConverter');
  });

  test('a converter version is visible only with an effective converter', () => {
    const isVisible = (validate: typeof validateConnector): boolean =>
      find(validate(plugins, good), 'value.converter.plugin.version').isVisible;
    expect(isVisible(validateConnector)).toBe(false);
    expect(isVisible(createValidator({ converters: { value: 'Json' } }))).toBe(true);
  });

  test('converters, transforms and versions are recommended from what is installed', () => {
    const result = validateConnector(plugins, { ...good, transforms: 'a' });
    expect(find(result, 'value.converter').recommendedValues).toEqual([
      'org.apache.kafka.connect.json.JsonConverter',
      'org.apache.kafka.connect.storage.StringConverter',
    ]);
    expect(find(result, 'transforms.a.type').recommendedValues).toEqual(['org.apache.kafka.connect.transforms.RegexRouter']);
    expect(find(result, 'connector.plugin.version').recommendedValues).toEqual(['1.2.3']);
  });

  test('keys of a transform follow its type and version, the required ones first, then by importance and name', () => {
    const result = validateConnector(plugins, { ...good, transforms: 'r', 'transforms.r.type': 'RegexRouter' });
    const own = result.keys.filter((key) => key.name.startsWith('transforms.r.'));
    expect(own.map((key) => [key.name, key.definition?.orderInGroup, key.definition?.group])).toEqual([
      ['transforms.r.type', 0, 'Transforms: r'],
      ['transforms.r.plugin.version', 1, 'Transforms: r'],
      ['transforms.r.regex', 2, 'Transforms: r'],
      ['transforms.r.replacement', 3, 'Transforms: r'],
      ['transforms.r.negate', 4, 'Transforms: r'],
      ['transforms.r.predicate', 5, 'Transforms: r'],
    ]);
  });
});

describe('problems', () => {
  test('are all found at once, each under its key', () => {
    const result = validateConnector(plugins, {
      ...good,
      nobody: null,
      'tasks.max': '0',
      'key.converter': 'org.apache.kafka.connect.transforms.RegexRouter',
      'value.converter': 'no.such.Converter',
      'connector.plugin.version': '[',
      'config.action.reload': 'none',
      'errors.retry.timeout': '1.5',
      'errors.tolerance': 'some',
      'errors.log.enable': 'maybe',
      transforms: 'x,y,z',
      'transforms.x.type': 'no.such.Transform',
      'transforms.y.type': 'RegexRouter',
      'transforms.y.negate': 'true',
    });
    const named = Object.groupBy(problemsOf(result), (problem) => problem.key);
    expect(Object.keys(named).toSorted()).toEqual([
      'connector.class',
      'connector.plugin.version',
      'errors.log.enable',
      'errors.retry.timeout',
      'errors.tolerance',
      'key.converter',
      'nobody',
      'tasks.max',
      'transforms.x.type',
      'transforms.y.negate',
      'transforms.y.regex',
      'transforms.y.replacement',
      'transforms.z.type',
      'value.converter',
    ]);
    expect(result.errorCount).toBe(14);
    expect(result.keys[0]).toEqual({
      name: 'nobody',
      definition: null,
      value: null,
      recommendedValues: [],
      errors: ['Null value can not be supplied as the configuration value.'],
      isVisible: true,
    });
    expect(find(result, 'tasks.max').value).toBe('0');
    expect(find(result, 'errors.log.enable').value).toBeNull();
    expect(find(result, 'errors.tolerance').value).toBe('some');
  });

  test.each<[string, RawConfig, Record<string, string[]>]>([
    ['no class', { name: 'x' }, { 'connector.class': ['Missing required configuration "connector.class" which has no default value.'] }],
    ['an empty name', { ...good, name: '' }, { name: ['Invalid value  for configuration name: String must be non-empty'] }],
    [
      'a converter that is not there',
      { ...good, 'value.converter': 'x.Y' },
      { 'value.converter': ['Invalid value x.Y for configuration value.converter: Class x.Y could not be found.'] },
    ],
    [
      'an alias given twice',
      { ...good, predicates: 'a,a', 'predicates.a.type': 'TopicNameMatches', 'predicates.a.pattern': 'x' },
      { predicates: ['Invalid value [a, a] for configuration predicates: Duplicate alias provided.'] },
    ],
    [
      'no topics',
      { ...sink, topics: '' },
      { topics: ['Must configure one of topics or topics.regex'], 'topics.regex': ['Must configure one of topics or topics.regex'] },
    ],
    [
      'both kinds of topics',
      { ...sink, 'topics.regex': 'c.*' },
      {
        topics: ['topics and topics.regex are mutually exclusive options, but both are set.'],
        'topics.regex': ['topics and topics.regex are mutually exclusive options, but both are set.'],
      },
    ],
    [
      'dead letters among the topics',
      { ...sink, 'errors.deadletterqueue.topic.name': 'b' },
      { topics: ['The DLQ topic b may not be included in the list of topics consumed by the connector'] },
    ],
    [
      'a client setting of the wrong type',
      { ...sink, 'consumer.override.max.poll.records': 'abc' },
      {
        'consumer.override.max.poll.records': [
          'Invalid value abc for configuration consumer.override.max.poll.records: Not a number of type INT',
        ],
      },
    ],
    [
      'an unknown predicate',
      {
        ...good,
        transforms: 'r',
        'transforms.r.type': 'RegexRouter',
        'transforms.r.regex': 'a',
        'transforms.r.replacement': 'b',
        'transforms.r.predicate': 'p',
      },
      { 'transforms.r.predicate': ['Invalid value p for configuration transforms.r.predicate: No predicate of that alias in predicates'] },
    ],
    ['what the connector itself refuses', { ...good, file: 't' }, { file: ['The file must not be called like the topic.'] }],
    [
      'topic creation without its defaults',
      { ...good, 'topic.creation.default.partitions': '0', 'topic.creation.default.replication.factor': '-1' },
      {
        'topic.creation.default.partitions': [
          "Invalid value 0 for configuration topic.creation.default.partitions: Value must be at least 1, or -1 for the broker's default",
        ],
      },
    ],
  ])('%s', (_, raw, expected) => {
    expect(messages(raw)).toEqual(expected);
  });

  test('an unknown class names those there are', () => {
    expect(messages({ name: 'x', 'connector.class': 'Nope' })['connector.class']?.[0]).toMatch(
      /matches Nope, available connectors are: org\.apache\.kafka\.connect\.file\.FileStreamSourceConnector \(source, version 1\.2\.3\)/,
    );
  });

  test('a client setting that the policy refuses is listed without a definition', () => {
    const validate = createValidator({ overridePolicy: { name: 'None', allows: () => false } });
    const key = find(validate(plugins, { ...sink, 'consumer.override.group.id': 'g' }), 'consumer.override.group.id');
    expect(key.definition).toBeNull();
    expect(key.errors).toEqual(["The 'None' policy does not allow 'group.id' to be overridden in the connector configuration."]);
  });

  describe('settings of a client together', () => {
    const validate = createValidator({
      clientProblems: (client, settings) =>
        settings['sasl.mechanism'] === 'PLAIN' ? [] : [{ key: 'sasl.mechanism', message: `No ${client} can log in like this.` }],
    });
    const errorsOf = (settings: RawConfig) => find(validate(plugins, { ...sink, ...settings }), 'consumer.override.sasl.mechanism').errors;

    test('are judged by the worker, and what is wrong is an error of the connector’s key', () => {
      expect(errorsOf({ 'consumer.override.sasl.mechanism': 'GSSAPI' })).toEqual(['No consumer can log in like this.']);
      expect(errorsOf({ 'consumer.override.sasl.mechanism': 'PLAIN' })).toEqual([]);
    });

    test('wait for the task where one of them is a secret still to be resolved', () => {
      const settings = { 'consumer.override.sasl.mechanism': 'GSSAPI', 'consumer.override.sasl.jaas.config': '${file:/s:jaas}' };
      expect(errorsOf(settings)).toEqual([]);
    });
  });

  test('keys that nobody defines are neither errors nor listed', () => {
    const result = validateConnector(plugins, { ...good, 'my.own.note': 'x' });
    expect(result.errorCount).toBe(0);
    expect(result.keys.some((key) => key.name === 'my.own.note')).toBe(false);
  });

  test('the refusal counts them and closes with the endpoint', () => {
    const problems = problemsOf(validateConnector(plugins, { ...good, 'tasks.max': '0', topic: null }));
    const lines = invalidConfigMessage(problems).split('\n');
    expect(lines[0]).toBe('Connector configuration is invalid and contains the following 2 error(s):');
    expect(lines[1]).toBe('Invalid value 0 for configuration tasks.max: Value must be at least 1');
    expect(lines.at(-1)).toContain('`/connector-plugins/{connectorType}/config/validate`');
    expect(lines).toHaveLength(4);
  });

  test('requireValid throws all of them as one error and passes what is right', () => {
    expect(() => requireValid(validateConnector(plugins, good))).not.toThrow();
    expect(() => requireValid(validateConnector(plugins, { ...good, 'tasks.max': '0' }))).toThrow(/Value must be at least 1/);
  });
});

describe('placeholders', () => {
  test('are accepted for any type and shown as they are', () => {
    const result = validateConnector(plugins, { ...good, 'tasks.max': '${env:TASKS}', file: '${file:/etc/secrets:path}' });
    expect(problemsOf(result)).toEqual([]);
    expect(find(result, 'tasks.max').value).toBe('${env:TASKS}');
  });

  test('of an unknown provider are plain text', () => {
    expect(Object.keys(messages({ ...good, 'tasks.max': '${vault:TASKS}' }))).toEqual(['tasks.max']);
  });

  test('cannot hide the class', () => {
    expect(messages({ ...good, 'connector.class': '${env:CLASS}' })['connector.class']).toHaveLength(1);
  });
});

describe('whatever comes in', () => {
  const names = [
    'name',
    'connector.class',
    'tasks.max',
    'transforms',
    'transforms.a.type',
    'transforms.a.predicate',
    'predicates',
    'predicates.a.type',
    'topics',
    'topics.regex',
    'key.converter',
    'key.converter.plugin.version',
    'header.converter',
    'topic.creation.groups',
    'topic.creation.a.include',
    'producer.override.linger.ms',
    'errors.deadletterqueue.topic.name',
  ];
  const values = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'FileStreamSource',
      'JdbcSink',
      'a',
      'a,b',
      'RegexRouter',
      'TopicNameMatches',
      'Json',
      '[1,2)',
      '${env:X}',
      '__proto__',
      '(',
      '*',
    ),
    fc.constant(null),
  );

  test('nothing throws, and the count is the number of messages', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), values), (raw) => {
        const result = validateConnector(plugins, raw);
        expect(result.errorCount).toBe(problemsOf(result).length);
        expect(new Set(result.keys.map((key) => key.name)).size).toBe(result.keys.length);
      }),
      { numRuns: 500 },
    );
  });
});
