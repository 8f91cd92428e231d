/** One request of the walk through Kafka Connect's REST API, sent alike to the original and to us. */
export interface RestStep {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; anything but a string as JSON. */
  readonly body?: unknown;
  /** Asked again until the states of the connector and its tasks are these, before the request is sent: `RUNNING RUNNING`. */
  readonly after?: { readonly connector: string; readonly states: string };
}

const SOURCE = 'org.apache.kafka.connect.file.FileStreamSourceConnector';
const SINK = 'org.apache.kafka.connect.file.FileStreamSinkConnector';
const STRING = 'org.apache.kafka.connect.storage.StringConverter';

/** Both read and write files that the walk never needs. */
export const GOLDEN_DIR = '/tmp/headrace-rest-golden';
export const GOLDEN_TOPIC = 'headrace-rest-golden';

const converters = { 'key.converter': STRING, 'value.converter': STRING };
const source = { ...converters, 'connector.class': SOURCE, 'tasks.max': '1', file: `${GOLDEN_DIR}/in`, topic: GOLDEN_TOPIC };
const sink = { ...converters, 'connector.class': SINK, 'tasks.max': '1', file: `${GOLDEN_DIR}/out`, topics: GOLDEN_TOPIC };

const get = (path: string, name = `GET ${path}`): RestStep => ({ name, method: 'GET', path });
const put = (path: string, body?: unknown, name = `PUT ${path}`): RestStep => ({ name, method: 'PUT', path, body });
const post = (path: string, body?: unknown, name = `POST ${path}`): RestStep => ({ name, method: 'POST', path, body });
const remove = (path: string): RestStep => ({ name: `DELETE ${path}`, method: 'DELETE', path });
const settled = (step: RestStep, connector: string, states: string): RestStep => ({ ...step, after: { connector, states } });

const validate = (name: string, plugin: string, config: unknown): RestStep => ({
  name: `validate ${name}`,
  method: 'PUT',
  path: `/connector-plugins/${plugin}/config/validate`,
  body: config,
});

const router: readonly RestStep[] = [
  get('/nothing'),
  { name: 'a method that is not there', method: 'DELETE', path: '/connectors' },
  { name: 'a media type that is not served', method: 'GET', path: '/', headers: { accept: 'text/html' } },
  { name: 'a body of another media type', method: 'POST', path: '/connectors', headers: { 'content-type': 'text/plain' }, body: '{}' },
  { name: 'OPTIONS of connectors', method: 'OPTIONS', path: '/connectors' },
  { name: 'HEAD of connectors', method: 'HEAD', path: '/connectors' },
  get('/connectors/'),
  get('/connectors/none/tasks/abc/status'),
  post('/connectors', '{"name":', 'broken JSON'),
  post('/connectors', 'null', 'null as a body'),
  post('/connectors', '{"name":"x","config":{},"more":1}', 'an unknown property'),
  post('/connectors', '{"name":"x","config":{"a":{"b":1}}}', 'a setting that is an object'),
  post('/connectors', { name: 'x', config: source, initial_state: 'ASLEEP' }, 'an unknown initial state'),
];

const unknown: readonly RestStep[] = [
  get('/connectors/none'),
  get('/connectors/none/config'),
  get('/connectors/none/status'),
  get('/connectors/none/tasks'),
  get('/connectors/none/tasks/0/status'),
  get('/connectors/none/topics'),
  get('/connectors/none/offsets'),
  put('/connectors/none/pause'),
  put('/connectors/none/resume'),
  put('/connectors/none/stop'),
  put('/connectors/none/topics/reset'),
  post('/connectors/none/restart'),
  post('/connectors/none/restart?includeTasks=true', undefined, 'restart of an unknown connector with its tasks'),
  post('/connectors/none/tasks/0/restart'),
  { name: 'PATCH config of an unknown connector', method: 'PATCH', path: '/connectors/none/config', body: { a: 'b' } },
  { name: 'PATCH offsets of an unknown connector', method: 'PATCH', path: '/connectors/none/offsets', body: { offsets: [] } },
  remove('/connectors/none/offsets'),
  remove('/connectors/none'),
];

const creating: readonly RestStep[] = [
  post('/connectors', { name: 'golden-source', config: { topic: 'x' } }, 'no class'),
  post('/connectors', { name: 'golden-source', config: { ...source, name: 'other' } }, 'two names'),
  post('/connectors', { name: '', config: source }, 'an empty name'),
  post('/connectors', { name: 'a\u0001b', config: source }, 'a control character in a name'),
  post('/connectors', { name: 'golden-source', config: { ...source, 'tasks.max': '0' } }, 'no tasks'),
  post(
    '/connectors',
    { name: 'golden-source', config: { ...source, 'tasks.max': 'many', 'errors.tolerance': 'some' } },
    'two wrong settings',
  ),
  post('/connectors', { name: ' golden-source ', config: { ...source, 'tasks.max': 1, extra: true } }, 'create, with numbers and blanks'),
  settled(get('/connectors/golden-source'), 'golden-source', 'RUNNING RUNNING'),
  post('/connectors', { name: 'golden-source', config: source }, 'create again'),
  get('/connectors/golden-source/config'),
  get('/connectors/golden-source/status'),
  get('/connectors/golden-source/tasks'),
  get('/connectors/golden-source/tasks/0/status'),
  get('/connectors/golden-source/tasks/7/status'),
  get('/connectors'),
  get('/connectors?expand=info'),
  get('/connectors?expand=status'),
  get('/connectors?expand=info&expand=status'),
  get('/connectors?expand=nonsense'),
];

const living: readonly RestStep[] = [
  put('/connectors/golden-source/config', source, 'PUT the same settings without a name'),
  put('/connectors/golden-source/config', { ...source, name: 'other' }, 'PUT settings of another name'),
  put('/connectors/golden-source/config', { ...source, topic: '' }, 'PUT settings that are wrong'),
  settled(put('/connectors/golden-source/pause'), 'golden-source', 'RUNNING RUNNING'),
  settled(get('/connectors/golden-source/status', 'status when paused'), 'golden-source', 'PAUSED PAUSED'),
  put('/connectors/golden-source/pause', undefined, 'pause again'),
  put('/connectors/golden-source/resume'),
  settled(post('/connectors/golden-source/restart'), 'golden-source', 'RUNNING RUNNING'),
  settled(post('/connectors/golden-source/restart?includeTasks=true', undefined, 'restart with tasks'), 'golden-source', 'RUNNING RUNNING'),
  settled(post('/connectors/golden-source/tasks/0/restart'), 'golden-source', 'RUNNING RUNNING'),
  settled(post('/connectors/golden-source/tasks/7/restart'), 'golden-source', 'RUNNING RUNNING'),
  get('/connectors/golden-source/topics'),
  put('/connectors/golden-source/topics/reset'),
  { name: 'PATCH offsets while running', method: 'PATCH', path: '/connectors/golden-source/offsets', body: offsetsOf(12) },
  remove('/connectors/golden-source/offsets'),
  { name: 'PATCH config', method: 'PATCH', path: '/connectors/golden-source/config', body: { 'batch.size': '7', extra: null } },
  settled(put('/connectors/golden-source/stop'), 'golden-source', 'RUNNING RUNNING'),
  settled(get('/connectors/golden-source/status', 'status when stopped'), 'golden-source', 'STOPPED'),
  get('/connectors/golden-source', 'the connector when stopped'),
  get('/connectors/golden-source/tasks', 'the tasks when stopped'),
  get('/connectors/golden-source/offsets', 'offsets before any'),
  { name: 'PATCH offsets without any', method: 'PATCH', path: '/connectors/golden-source/offsets', body: { offsets: [] } },
  { name: 'PATCH offsets', method: 'PATCH', path: '/connectors/golden-source/offsets', body: offsetsOf(12) },
  get('/connectors/golden-source/offsets', 'offsets after PATCH'),
  { name: 'DELETE offsets', method: 'DELETE', path: '/connectors/golden-source/offsets' },
  get('/connectors/golden-source/offsets', 'offsets after DELETE'),
  post('/connectors/golden-source/tasks/0/restart', undefined, 'restart a task when stopped'),
  put('/connectors/golden-source/resume', undefined, 'resume when stopped'),
  settled(remove('/connectors/golden-source'), 'golden-source', 'RUNNING RUNNING'),
  post('/connectors', { name: 'golden-sink', config: sink, initial_state: 'stopped' }, 'create a stopped sink'),
  settled(get('/connectors/golden-sink/status'), 'golden-sink', 'STOPPED'),
  {
    name: 'PATCH offsets of a sink without a partition',
    method: 'PATCH',
    path: '/connectors/golden-sink/offsets',
    body: sinkOffsetsOf('x', 0),
  },
  get('/connectors/golden-sink/offsets'),
  remove('/connectors/golden-sink'),
];

const plugins: readonly RestStep[] = [
  get('/connector-plugins/FileStreamSource/config', 'the options of an alias'),
  get('/connector-plugins/none/config'),
  get('/connector-plugins/org.apache.kafka.connect.transforms.TimestampRouter/config'),
  get('/connector-plugins/org.apache.kafka.connect.json.JsonConverter/config'),
  validate('a source', 'FileStreamSource', { name: 'v', ...source }),
  validate('a sink', SINK, { name: 'v', ...sink }),
  validate('another class', SINK, { name: 'v', ...source }),
  validate('wrong values', SOURCE, { name: 'v', ...source, 'tasks.max': '0', 'batch.size': 'x', 'errors.tolerance': 'some', topic: '' }),
  validate('nothing but the class', SOURCE, { ...converters, 'connector.class': SOURCE }),
  validate('topics twice', SINK, { name: 'v', ...sink, 'topics.regex': 'a.*' }),
  validate('no topics', SINK, { name: 'v', ...converters, 'connector.class': SINK, file: '/f' }),
  validate('a transform', SOURCE, {
    name: 'v',
    ...source,
    transforms: 'route',
    'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.route.regex': '.*',
    'transforms.route.replacement': 'x',
  }),
  validate('transforms with many options', SOURCE, {
    name: 'v',
    ...source,
    transforms: 'insert,stamp',
    'transforms.insert.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
    'transforms.stamp.type': 'org.apache.kafka.connect.transforms.TimestampConverter$Value',
    'transforms.stamp.target.type': 'string',
    'transforms.stamp.predicate': 'named',
    predicates: 'named',
    'predicates.named.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.named.pattern': 'a.*',
  }),
  validate('an unknown transform', SOURCE, { name: 'v', ...source, transforms: 'a', 'transforms.a.type': 'no.Such' }),
  validate('a dead letter queue among the topics', SINK, { name: 'v', ...sink, 'errors.deadletterqueue.topic.name': GOLDEN_TOPIC }),
];

const patch = (path: string, body: unknown, name = `PATCH ${path}`): RestStep => ({ name, method: 'PATCH', path, body });
const level = (path: string, body: unknown, name: string): RestStep => put(`/admin/loggers/${path}`, body, name);

const states: readonly RestStep[] = [
  post('/connectors', { name: 'golden-paused', config: source, initial_state: 'PAUSED' }, 'create a paused source'),
  settled(get('/connectors/golden-paused/status', 'status of a source created paused'), 'golden-paused', 'PAUSED'),
  patch('/connectors/golden-paused/config', { 'batch.size': '9' }, 'PATCH config of a paused source'),
  patch('/connectors/golden-paused/config', { 'batch.size': 'nine' }, 'PATCH config to something wrong'),
  patch('/connectors/golden-paused/config', { 'batch.size': 11, added: true }, 'PATCH config with a number and a boolean'),
  patch('/connectors/golden-paused/config', { added: null, 'never.there': null }, 'PATCH config that removes'),
  patch('/connectors/golden-paused/config', {}, 'PATCH config of nothing'),
  get('/connectors/golden-paused/config', 'config after PATCH'),
  get('/connectors/golden-paused/tasks-config'),
  settled(put('/connectors/golden-paused/resume', undefined, 'resume a source created paused'), 'golden-paused', 'PAUSED'),
  settled(get('/connectors/golden-paused/status', 'status when resumed'), 'golden-paused', 'RUNNING RUNNING'),
  post('/connectors/golden-paused/restart?onlyFailed=true', undefined, 'restart of what has failed, where nothing has'),
  post('/connectors/golden-paused/restart?onlyFailed=true&includeTasks=true', undefined, 'restart of failed ones with tasks'),
  settled(
    post('/connectors/golden-paused/restart?includeTasks=yes&onlyFailed=', undefined, 'restart with flags that are no flags'),
    'golden-paused',
    'RUNNING RUNNING',
  ),
  settled(put('/connectors/golden-paused/stop', undefined, 'stop it'), 'golden-paused', 'RUNNING RUNNING'),
  settled(put('/connectors/golden-paused/stop', undefined, 'stop it again'), 'golden-paused', 'STOPPED'),
  put('/connectors/golden-paused/pause', undefined, 'pause a stopped one'),
  settled(get('/connectors/golden-paused/status', 'status of a stopped one when paused'), 'golden-paused', 'PAUSED'),
  remove('/connectors/golden-paused'),
];

const worker: readonly RestStep[] = [
  get('/'),
  get('/health'),
  get('/connector-plugins'),
  get('/connector-plugins?connectorsOnly=false', 'plugins of all kinds'),
  get('/connector-plugins/FileStreamSource/config?version=nonsense', 'the options of a version that is none'),
  get('/connector-plugins/FileStreamSource/config?version=[0.0.1,0.0.2]', 'the options of a version that is not installed'),
  get('/admin/loggers/root'),
  get('/admin/loggers/none.such'),
  level('root', { level: 'LOUD' }, 'an unknown level'),
  level('root', {}, 'no level'),
  level('org.example.golden', { level: 'debug' }, 'a level of a logger that nobody has'),
  level('org.example.golden', { level: 'DEBUG' }, 'the same level again'),
  get('/admin/loggers/org.example.golden'),
  level('org.example.golden?scope=nonsense', { level: 'INFO' }, 'a level for an unknown scope'),
  level('org.example.golden?scope=cluster', { level: 'WARN' }, 'a level for the cluster'),
  { name: 'OPTIONS of a connector', method: 'OPTIONS', path: '/connectors/none' },
  { name: 'HEAD of an unknown connector', method: 'HEAD', path: '/connectors/none' },
];

function offsetsOf(position: number): unknown {
  return { offsets: [{ partition: { filename: source.file }, offset: { position } }] };
}

function sinkOffsetsOf(partition: string, offset: number): unknown {
  return { offsets: [{ partition: { kafka_topic: GOLDEN_TOPIC, kafka_partition: partition }, offset: { kafka_offset: offset } }] };
}

/** The walk, in order: what a step finds was left by those before it. */
export const restSteps: readonly RestStep[] = [...router, ...unknown, ...creating, ...living, ...plugins, ...states, ...worker];
