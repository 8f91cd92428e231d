import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headrace, startWorker } from '../test/cli.ts';

const NOWHERE = 'http://127.0.0.1:1';

const status = (state: string, tasks: readonly (readonly [string, string?])[] = []): object => ({
  name: 'inv',
  connector: { state, worker_id: 'w1:8083' },
  tasks: tasks.map(([taskState, trace], id) => ({ id, state: taskState, worker_id: 'w2:8083', ...(trace === undefined ? {} : { trace }) })),
  type: 'source',
});

const info = { name: 'inv', config: { 'connector.class': 'X', 'database.password': 'hunter2', a: '1' }, tasks: [], type: 'source' };

/** A file that is gone after the test. */
const withFile = async (content: string, run: (path: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'headrace-cli-'));
  try {
    const path = join(folder, 'connector.json');
    await writeFile(path, content);
    await run(path);
  } finally {
    await rm(folder, { recursive: true });
  }
};

describe('reading', () => {
  test('connectors list prints a table', async () => {
    await using worker = await startWorker({
      'GET /connectors?expand=status&expand=info': [200, { inv: { status: status('RUNNING', [['RUNNING'], ['FAILED', 'x']]), info } }],
    });
    expect(await headrace(['connectors', 'list'], worker)).toEqual({
      code: 0,
      out: 'NAME  TYPE    STATE    TASKS                  CLASS\ninv   source  RUNNING  1/2 running, 1 failed  X\n',
      err: '',
    });
  });

  test('a table hides secrets, JSON is what the worker answered', async () => {
    await using worker = await startWorker({ 'GET /connectors/inv': [200, info] });
    const table = await headrace(['connectors', 'get', 'inv'], worker);
    expect(table.out).toContain('database.password  [hidden]');
    const json = await headrace(['connectors', 'get', 'inv', '--json'], worker);
    expect(JSON.parse(json.out)).toEqual(info);
  });

  test('status shows the first line of what went wrong', async () => {
    await using worker = await startWorker({
      'GET /connectors/a%2Fb/status': [200, status('RUNNING', [['FAILED', 'TaskFailure: slot lost\n at x']])],
    });
    const { out } = await headrace(['connectors', 'status', 'a/b'], worker);
    expect(out).toBe('UNIT   STATE    WORKER   MESSAGE\ninv    RUNNING  w1:8083\ninv-0  FAILED   w2:8083  TaskFailure: slot lost\n');
  });

  test('status shows that a target is left alone', async () => {
    const answer = status('RUNNING', [['RUNNING']]) as { readonly tasks: readonly object[] };
    const circuit = { state: 'open', target: 'db:5432/shop', error: 'The connection was lost.' };
    const answered = { ...answer, tasks: answer.tasks.map((task) => ({ ...task, circuit })) };
    await using worker = await startWorker({ 'GET /connectors/inv/status': [[200, answered]] });
    const { out } = await headrace(['connectors', 'status', 'inv'], worker);
    expect(out).toContain('w2:8083  target db:5432/shop: circuit open: The connection was lost.\n');
  });

  test('status shows how far a snapshot is', async () => {
    const part = { kind: 'initial', state: 'RUNNING', tables: 3, tables_remaining: 1, eta_seconds: 30 };
    const answer = status('RUNNING', [['RUNNING']]) as { readonly tasks: readonly object[] };
    const answered = (snapshot: object): object => ({ ...answer, tasks: answer.tasks.map((task) => ({ ...task, snapshot })) });
    await using worker = await startWorker({
      'GET /connectors/inv/status': [
        [200, answered({ ...part, rows: 1_200, rows_expected: 3_000, percent: 40 })],
        [200, answered({ ...part, rows: 7, rows_expected: null, percent: null, eta_seconds: null })],
      ],
    });
    const messages = [await headrace(['connectors', 'status', 'inv'], worker), await headrace(['connectors', 'status', 'inv'], worker)];
    expect(messages.map(({ out }) => out.split('w2:8083  ')[1])).toEqual([
      'initial snapshot running, 40 % (1200 of about 3000 rows), 2 of 3 tables, about 30 s left\n',
      'initial snapshot running, 7 rows, 2 of 3 tables\n',
    ]);
  });

  test('notifications are a table, oldest first', async () => {
    const told = { id: 's', aggregate_type: 'Incremental Snapshot', type: 'STARTED', timestamp: 0 };
    const data = { connector_name: 'p', data_collections: 'public.t' };
    await using worker = await startWorker({ 'GET /connectors/inv/notifications': [200, [{ ...told, additional_data: data }]] });
    const { out } = await headrace(['connectors', 'notifications', 'inv'], worker);
    expect(out.split('\n')[1]).toBe('1970-01-01T00:00:00.000Z  s   Incremental Snapshot  STARTED  data_collections=public.t');
  });

  test('offsets keep all their digits', async () => {
    await using worker = await startWorker({
      'GET /connectors/inv/offsets': [200, '{"offsets":[{"partition":{"server":"s"},"offset":{"lsn":9007199254740993}}]}'],
    });
    expect((await headrace(['connectors', 'offsets', 'inv'], worker)).out).toContain('{"lsn":9007199254740993}');
    expect((await headrace(['connectors', 'offsets', 'inv', '-j'], worker)).out).toContain('9007199254740993');
  });

  test('a worker is drained and undrained, and a restored store attached again', async () => {
    await using worker = await startWorker({
      'PUT /cluster/workers/w1%3A8083/drain': [202, undefined],
      'DELETE /cluster/workers/w1%3A8083/drain': [204, undefined],
      'POST /cluster/reattach': [200, { incarnation: 2 }],
    });
    expect((await headrace(['drain', 'w1:8083'], worker)).out).toBe('Worker w1:8083 gives its tasks away.\n');
    expect((await headrace(['drain', 'w1:8083', '--undo'], worker)).out).toBe('Worker w1:8083 gets tasks again.\n');
    expect((await headrace(['cluster', 'reattach', '--json'], worker)).out).toContain('"incarnation": 2');
  });

  test('plugins and the cluster are shown as tables', async () => {
    await using worker = await startWorker({
      'GET /connector-plugins?connectorsOnly=false': [200, [{ class: 'a.B', type: 'sink', version: '1' }]],
      'GET /cluster': [
        200,
        {
          leader: 'w1:8083',
          members: [{ worker_id: 'w1:8083', rest_url: 'http://w1:8083', started_at: 0, labels: { zone: 'a' }, is_draining: true }],
          owners: [{ connector: 'inv', task: 0, worker_id: 'w1:8083', epoch: '1/7', since: 0, weight: 9, bytes_per_second: 8_388_608 }],
          moves: [{ connector: 'inv', task: 0, from: 'w2:8083', to: 'w1:8083', reason: 'worker-gone', at: 0 }],
        },
      ],
    });
    expect((await headrace(['plugins', 'list', '--all'], worker)).out).toBe('TYPE  CLASS  VERSION\nsink  a.B    1\n');
    expect((await headrace(['cluster', 'members'], worker)).out).toContain(
      'w1:8083  yes     1     1970-01-01T00:00:00.000Z  zone=a  draining  http://w1:8083',
    );
    expect((await headrace(['cluster', 'owners'], worker)).out).toContain(
      'inv        0     w1:8083  1/7    1970-01-01T00:00:00.000Z  9       8',
    );
    expect((await headrace(['cluster', 'moves'], worker)).out).toContain('inv        0     w2:8083  w1:8083  worker-gone');
  });
});

describe('changing', () => {
  test('create takes a file as POST does, with its state', async () => {
    await using worker = await startWorker({ 'POST /connectors': [201, info] });
    await withFile('{"name":"inv","config":{"a":1},"initial_state":"STOPPED"}', async (path) => {
      expect(await headrace(['connectors', 'create', path], worker)).toEqual({ code: 0, out: 'Connector inv created.\n', err: '' });
    });
    expect(JSON.parse(worker.received[0]?.body ?? '')).toEqual({ name: 'inv', config: { a: 1 }, initial_state: 'STOPPED' });
  });

  test('apply takes a flat configuration from the standard input and tells whether it was new', async () => {
    await using worker = await startWorker({
      'PUT /connectors/inv/config': [
        [201, info],
        [200, info],
      ],
    });
    const input = '{"name":"inv","connector.class":"X"}';
    expect((await headrace(['connectors', 'apply', '-'], { ...worker, input })).out).toBe('Connector inv created.\n');
    expect((await headrace(['connectors', 'apply', '-'], { ...worker, input })).out).toBe('Connector inv configured.\n');
    expect(JSON.parse(worker.received[0]?.body ?? '')).toEqual({ name: 'inv', 'connector.class': 'X' });
  });

  test('pause, resume, stop and delete take several names and try each', async () => {
    await using worker = await startWorker({
      'PUT /connectors/a/pause': [202],
      'PUT /connectors/b/pause': [404, { error_code: 404, message: 'Unknown connector b' }],
      'PUT /connectors/c/pause': [202],
    });
    const { code, out, err } = await headrace(['connectors', 'pause', 'a', 'b', 'c'], worker);
    expect(code).toBe(1);
    expect(out).toBe('Connector a is being paused.\nConnector c is being paused.\n');
    expect(err).toBe('headrace: Unknown connector b\n');
  });

  test('restart passes what to restart', async () => {
    await using worker = await startWorker({
      'POST /connectors/inv/restart?includeTasks=true&onlyFailed=true': [202, status('RESTARTING')],
      'POST /connectors/inv/tasks/2/restart': [204],
    });
    expect((await headrace(['connectors', 'restart', 'inv', '--tasks', '--only-failed'], worker)).code).toBe(0);
    expect((await headrace(['connectors', 'restart', '--task', '2', 'inv'], worker)).out).toBe('Task inv-2 restarted.\n');
  });

  test('offsets are altered from a file, digit by digit, and reset', async () => {
    await using worker = await startWorker({
      'PATCH /connectors/inv/offsets': [200, { message: 'altered' }],
      'DELETE /connectors/inv/offsets': [200, { message: 'reset' }],
    });
    const input = '{"offsets":[{"partition":{},"offset":{"lsn":9007199254740993}}]}';
    expect((await headrace(['connectors', 'offsets', 'inv', '--alter', '-'], { ...worker, input })).out).toBe('altered\n');
    expect(worker.received[0]?.body).toBe(input);
    expect((await headrace(['connectors', 'offsets', 'inv', '--reset'], worker)).out).toBe('reset\n');
  });

  test('signal sends what a file holds, and tells its id', async () => {
    await using worker = await startWorker({ 'POST /connectors/inv/signals': [202, { id: 'made' }] });
    const input = '{"data-collections":["public.t"]}';
    const { out } = await headrace(['connectors', 'signal', 'inv', 'execute-snapshot', '--data', '-'], { ...worker, input });
    expect(out).toBe('Signal made is on its way.\n');
    expect(JSON.parse(worker.received[0]?.body ?? '')).toEqual({ type: 'execute-snapshot', data: { 'data-collections': ['public.t'] } });
  });

  test('validate lists each problem by key and fails', async () => {
    const value = { name: 'tasks.max', value: '0', recommended_values: [], errors: ['Value must be at least 1'], visible: true };
    await using worker = await startWorker({
      'PUT /connector-plugins/X/config/validate': [200, { name: 'X', error_count: 1, groups: [], configs: [{ definition: null, value }] }],
    });
    const { code, out } = await headrace(['connectors', 'validate', '-'], { ...worker, input: '{"name":"inv","connector.class":"X"}' });
    expect(code).toBe(1);
    expect(out).toBe('KEY        PROBLEM\ntasks.max  Value must be at least 1\n');
  });
});

describe('waiting', () => {
  test('ends when the connector and every task are in the state', async () => {
    await using worker = await startWorker({
      'GET /connectors/inv/status': [
        [404, { error_code: 404, message: 'No status' }],
        [200, status('RUNNING', [])],
        [200, status('RUNNING', [['UNASSIGNED']])],
        [200, status('RUNNING', [['RUNNING']])],
      ],
    });
    const { code } = await headrace(['connectors', 'status', 'inv', '--wait', 'running', '--timeout', '20s'], worker);
    expect(code).toBe(0);
    expect(worker.received).toHaveLength(4);
  });

  test('ends at once when a task has failed, with its reason', async () => {
    await using worker = await startWorker({ 'GET /connectors/inv/status': [200, status('RUNNING', [['FAILED', 'slot lost\nx']])] });
    const { code, err } = await headrace(['connectors', 'status', 'inv', '--wait', 'RUNNING'], worker);
    expect([code, err]).toEqual([1, 'headrace: Task inv-0 failed: slot lost\n']);
  });

  test('ends with 4 when the time is over, saying how things stand', async () => {
    await using worker = await startWorker({ 'GET /connectors/inv/status': [200, status('RUNNING', [['UNASSIGNED']])] });
    const { code, err } = await headrace(['connectors', 'status', 'inv', '--wait', 'RUNNING', '--timeout', '300ms'], worker);
    expect([code, err]).toEqual([4, 'headrace: Connector inv did not become RUNNING within 300ms: it is RUNNING, task 0 UNASSIGNED.\n']);
  });
});

describe('trouble', () => {
  test('the next worker is asked when one is away', async () => {
    await using worker = await startWorker({ 'GET /connectors/inv': [200, info] });
    expect((await headrace(['connectors', 'get', 'inv', '--url', `${NOWHERE},${worker.url}`])).code).toBe(0);
  });

  test('no worker at all is 3, naming what was tried', async () => {
    const { code, err } = await headrace(['connectors', 'list'], { url: NOWHERE });
    expect(code).toBe(3);
    expect(err).toMatch(
      /^headrace: No worker answers at http:\/\/127\.0\.0\.1:1 \(.+\)\. Start one, or name others with --url or HEADRACE_URL\.\n$/,
    );
  });

  test('a POST that may have arrived is not sent to another worker', async () => {
    await using first = await startWorker({ 'POST /connectors': null });
    await using second = await startWorker({ 'POST /connectors': [201, info] });
    const input = '{"name":"inv","config":{}}';
    const { code, err } = await headrace(['connectors', 'create', '-'], { url: `${first.url},${second.url}`, input });
    expect(code).toBe(3);
    expect(err).toContain('whether the request was carried out is not known');
    expect(second.received).toEqual([]);
  });

  test("the cluster's refusal is printed as it is", async () => {
    const message = 'Connector inv already exists';
    await using worker = await startWorker({ 'POST /connectors': [409, { error_code: 409, message }] });
    const { code, err } = await headrace(['connectors', 'create', '-'], { ...worker, input: '{"name":"inv","config":{}}' });
    expect([code, err]).toEqual([1, `headrace: ${message}\n`]);
  });

  test('something else that listens there is told apart', async () => {
    await using worker = await startWorker({ 'GET /cluster': [200, '<html>'] });
    const { code, err } = await headrace(['cluster', 'members'], worker);
    expect(code).toBe(1);
    expect(err).toContain('is a worker listening there?');
  });

  test('user and password of the address are sent as basic authentication', async () => {
    await using worker = await startWorker({ 'GET /connectors/inv': [200, info] });
    await headrace(['connectors', 'get', 'inv', '-u', worker.url.replace('//', '//me:p%40ss@')]);
    expect(worker.received[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });
});

describe('the command line', () => {
  test.each<[string, readonly string[], string]>([
    ['an unknown command', ['connectors', 'explode'], 'There is no command "connectors explode". See headrace --help.'],
    ['a missing name', ['connectors', 'get'], 'Usage: headrace connectors get NAME'],
    ['an unknown option', ['connectors', 'list', '--nope'], "Unknown option '--nope'."],
    [
      'a state that cannot be waited for',
      ['connectors', 'status', 'a', '--wait', 'HAPPY'],
      '--wait takes one of RUNNING, PAUSED, STOPPED, FAILED, not "HAPPY".',
    ],
    [
      'no duration',
      ['connectors', 'status', 'a', '--wait', 'RUNNING', '--timeout', 'soon'],
      '"soon" is not a duration such as 500ms, 30s or 5m.',
    ],
    ['a file that is not there', ['connectors', 'create', '/no/such/file'], 'File /no/such/file cannot be read.'],
    ['no address', ['connectors', 'list', '--url', 'ftp://x'], '"ftp://x" is not the address of a worker, such as http://host:8083.'],
  ])('%s is 2 with one sentence', async (_, args, message) => {
    const { code, out, err } = await headrace(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`headrace: ${message}`);
  });

  test.each(['{"name":', '[]', '{"config":{}}'])('input %s is 2', async (input) => {
    expect((await headrace(['connectors', 'apply', '-'], { input })).code).toBe(2);
  });

  test('help names every command and exit code', async () => {
    const { code, out } = await headrace(['--help']);
    expect(code).toBe(0);
    for (const word of ['connectors list', 'connectors apply', 'plugins list', 'cluster owners', 'Exit codes', '--wait ran out of time']) {
      expect(out).toContain(word);
    }
  });

  test('the beginning of a command shows what follows it', async () => {
    const { code, out } = await headrace(['cluster']);
    expect(code).toBe(2);
    expect(out).toContain('headrace cluster members');
  });
});
