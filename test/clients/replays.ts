import { expect } from '@jest/globals';

/** A request as a client's source has it, and what its model classes need to find in the answer. */
export interface Replayed {
  readonly method: string;
  /** `NAME` stands for the connector. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The only one that the client takes for success, or for the refusal that it expects. */
  readonly status: number;
  /** Left out: the client looks at the status alone. `''`: nothing may come. */
  readonly sees?: unknown;
  /** Asked again until it is answered so: the client waits for it. */
  readonly isAwaited?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ACCEPT = { accept: 'application/json' };
const text: unknown = expect.any(String);
const number: unknown = expect.any(Number);

const unit = (state: string): unknown => expect.objectContaining({ state, worker_id: text });
const status = (state: string): unknown => ({ name: 'NAME', connector: unit(state), tasks: [unit(state)], type: 'source' });
const config = (file: string): Readonly<Record<string, string>> => ({
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  'tasks.max': '1',
  file,
  topic: 'NAME',
});
const info = (file: string): unknown =>
  expect.objectContaining({ name: 'NAME', config: { ...config(file), name: 'NAME' }, type: 'source' });

const get = (path: string, sees: unknown, code = 200): Replayed => ({ method: 'GET', path, headers: ACCEPT, status: code, sees });
const awaited = (path: string, sees: unknown): Replayed => ({ ...get(path, sees), isAwaited: true });
const running = awaited('/connectors/NAME/status', status('RUNNING'));
const noMessage = { error_code: 404, message: text };

/** A cluster operator: PUT for everything, statuses to the letter, error texts from the body. */
const strimzi = (file: string): readonly Replayed[] => [
  get('/', expect.objectContaining({ version: text })),
  get('/connector-plugins', expect.arrayContaining([{ class: config(file)['connector.class'], type: 'source', version: text }])),
  get('/connectors/NAME/config', noMessage, 404),
  {
    method: 'PUT',
    path: '/connectors/NAME/config',
    headers: { ...ACCEPT, ...JSON_TYPE },
    body: config(file),
    status: 201,
    sees: info(file),
  },
  running,
  {
    method: 'PUT',
    path: '/connectors/NAME/config',
    headers: { ...ACCEPT, ...JSON_TYPE },
    body: config(file),
    status: 200,
    sees: info(file),
  },
  get('/connectors/NAME/config', { ...config(file), name: 'NAME' }),
  {
    ...{
      method: 'PUT',
      path: '/connectors/NAME/config',
      headers: { ...ACCEPT, ...JSON_TYPE },
      body: { ...config(file), 'tasks.max': 'dog' },
    },
    ...{
      status: 400,
      sees: {
        error_code: 400,
        message: expect.stringContaining('Invalid value dog for configuration tasks.max: Not a number of type INT'),
      },
    },
  },
  { method: 'PUT', path: '/connectors/NAME/pause', headers: ACCEPT, status: 202, sees: '' },
  awaited('/connectors/NAME/status', status('PAUSED')),
  { method: 'PUT', path: '/connectors/NAME/resume', headers: ACCEPT, status: 202, sees: '' },
  running,
  { method: 'POST', path: '/connectors/NAME/restart?includeTasks=false&onlyFailed=false', headers: ACCEPT, status: 204, sees: '' },
  {
    method: 'POST',
    path: '/connectors/NAME/restart?includeTasks=true&onlyFailed=false',
    headers: ACCEPT,
    status: 202,
    sees: status('RESTARTING'),
  },
  running,
  { method: 'POST', path: '/connectors/NAME/tasks/0/restart', headers: ACCEPT, status: 204, sees: '' },
  running,
  get('/connectors/NAME/topics', { NAME: { topics: expect.any(Array) } }),
  // A logger that nobody has: the operator asks whether all it wants is there, before it sets anything again.
  {
    method: 'PUT',
    path: '/admin/loggers/org.example.NAME?scope=cluster',
    headers: JSON_TYPE,
    body: { level: 'FATAL' },
    status: 204,
    sees: '',
  },
  awaited(
    '/admin/loggers/',
    expect.objectContaining({
      'org.example.NAME': { level: 'FATAL', last_modified: number },
      root: expect.objectContaining({ level: text }),
    }),
  ),
  { method: 'PUT', path: '/connectors/NAME/stop', headers: ACCEPT, status: 204, sees: '' },
  awaited('/connectors/NAME/status', { name: 'NAME', connector: unit('STOPPED'), tasks: [], type: 'source' }),
  {
    // Refused while the last task is still ending: the operator comes again.
    ...{ method: 'PATCH', path: '/connectors/NAME/offsets', headers: { ...ACCEPT, ...JSON_TYPE }, isAwaited: true },
    ...{ body: { offsets: [{ partition: { filename: file }, offset: { position: 4 } }] }, status: 200, sees: { message: text } },
  },
  get('/connectors/NAME/offsets', { offsets: [{ partition: { filename: file }, offset: { position: 4 } }] }),
  { method: 'DELETE', path: '/connectors/NAME/offsets', headers: { ...ACCEPT, ...JSON_TYPE }, status: 200, sees: { message: text } },
  // A type for a body that there is not.
  { method: 'DELETE', path: '/connectors/NAME', headers: { ...ACCEPT, ...JSON_TYPE }, status: 204, sees: '' },
  // Kafka Connect tells a status for a while: the operator waits.
  { ...get('/connectors/NAME/status', noMessage, 404), isAwaited: true },
  {
    method: 'DELETE',
    path: '/connectors/NAME',
    headers: { ...ACCEPT, ...JSON_TYPE },
    status: 404,
    sees: { error_code: 404, message: 'Connector NAME not found' },
  },
];

/** A command line: slashes behind paths, and what older servers have. */
const kcctl = (file: string): readonly Replayed[] => [
  get('/connector-plugins?connectorsOnly=false', expect.arrayContaining([{ class: text, type: 'transformation', version: text }])),
  get(
    '/connector-plugins/FileStreamSource/config',
    expect.arrayContaining([
      expect.objectContaining({ name: 'file', type: 'STRING', required: false, default_value: null, importance: text }),
    ]),
  ),
  {
    ...{
      method: 'PUT',
      path: '/connector-plugins/FileStreamSource/config/validate',
      headers: JSON_TYPE,
      body: { ...config(file), name: 'NAME' },
    },
    ...{ status: 200, sees: expect.objectContaining({ error_count: 0, groups: expect.any(Array), configs: expect.any(Array) }) },
  },
  { method: 'POST', path: '/connectors/', headers: JSON_TYPE, body: { name: 'NAME', config: config(file) }, status: 201, sees: info(file) },
  running,
  get('/connectors/', expect.arrayContaining(['NAME'])),
  get('/connectors?expand=info&expand=status', expect.objectContaining({ NAME: { info: info(file), status: status('RUNNING') } })),
  get('/connectors/NAME/tasks-config', { 'NAME-0': expect.objectContaining(config(file)) }),
  {
    method: 'POST',
    path: '/connectors/NAME/restart?includeTasks=true&onlyFailed=true',
    headers: ACCEPT,
    status: 202,
    sees: expect.objectContaining({ name: 'NAME' }),
  },
  get('/admin/loggers/root', expect.objectContaining({ level: text })),
  {
    method: 'PUT',
    path: '/admin/loggers/org.example.NAME',
    headers: JSON_TYPE,
    body: { level: 'DEBUG' },
    status: 200,
    sees: ['org.example.NAME'],
  },
  { method: 'DELETE', path: '/connectors/NAME', status: 204, sees: '' },
];

/** Terraform providers on go-kafka-connect: 404 is "absent", every value in `connector` a text, a change is read back whole. */
const terraform = (file: string): readonly Replayed[] => [
  get('/connectors/NAME', noMessage, 404),
  {
    method: 'POST',
    path: '/connectors',
    headers: { ...ACCEPT, ...JSON_TYPE },
    body: { name: 'NAME', config: config(file) },
    status: 201,
    sees: info(file),
  },
  awaited('/connectors/NAME/status', expect.objectContaining({ connector: { state: 'RUNNING', worker_id: text, version: text } })),
  get('/connectors/NAME/tasks', [{ id: { connector: 'NAME', task: 0 }, config: expect.objectContaining(config(file)) }]),
  {
    method: 'PUT',
    path: '/connectors/NAME/config',
    headers: { ...ACCEPT, ...JSON_TYPE },
    body: { ...config(file), 'batch.size': 10 },
    status: 200,
  },
  get('/connectors/NAME/config', { ...config(file), name: 'NAME', 'batch.size': '10' }),
  { method: 'DELETE', path: '/connectors/NAME', headers: ACCEPT, status: 204, sees: '' },
  get('/connectors/NAME', noMessage, 404),
];

/** By the client whose source they were read from: none of them is in a registry that tests can fetch from. */
export const replays: Readonly<Record<string, (file: string) => readonly Replayed[]>> = {
  'the Strimzi operator': strimzi,
  kcctl,
  'Terraform providers': terraform,
};
