import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createRest, inv, type Rest } from '../test/rest.ts';

let rest: Rest;
let app: FastifyInstance;

beforeEach(async () => {
  rest = await createRest();
  app = rest.app;
});

afterEach(async () => {
  await app.close();
});

const send = (method: InjectOptions['method'], url: string, payload?: object): Promise<LightMyRequestResponse> =>
  app.inject({ method: method ?? 'GET', url, ...(payload === undefined ? {} : { payload }) });

const expectAnswer = async (response: Promise<LightMyRequestResponse>, status: number, body: string): Promise<void> => {
  const { statusCode, payload, headers } = await response;
  expect({ statusCode, payload }).toEqual({ statusCode: status, payload: body });
  if (body !== '') expect(headers['content-type']).toBe('application/json');
};

const infoText = (state: string): string =>
  `{"name":"inv","config":{"connector.class":"FileStreamSource","tasks.max":"1","file":"/tmp/a","topic":"t","name":"inv"},"tasks":${state},"type":"source"}`;

describe('the worked example', () => {
  test('create, look, break, repair, to the byte', async () => {
    const created = await app.inject({
      method: 'POST',
      url: '/connectors',
      headers: { host: 'w1:8083' },
      payload: { ...inv, initial_state: 'stopped' },
    });
    expect(created.statusCode).toBe(201);
    expect(created.headers.location).toBe('http://w1:8083/connectors/inv');
    expect(created.payload).toBe(infoText('[]'));
    await expectAnswer(
      send('GET', '/connectors/inv/status'),
      200,
      '{"name":"inv","connector":{"state":"STOPPED","worker_id":"w1:8083","version":"1.0.0"},"tasks":[],"type":"source"}',
    );
    await expectAnswer(
      send('PATCH', '/connectors/inv/offsets', { offsets: [{ partition: { filename: '/tmp/a' }, offset: { position: 12 } }] }),
      200,
      '{"message":"The offsets for this connector have been altered successfully"}',
    );
    await expectAnswer(
      send('GET', '/connectors/inv/offsets'),
      200,
      '{"offsets":[{"partition":{"filename":"/tmp/a"},"offset":{"position":12}}]}',
    );
    await expectAnswer(send('PUT', '/connectors/inv/resume'), 202, '');
    const running =
      '{"name":"inv","connector":{"state":"RUNNING","worker_id":"w1:8083","version":"1.0.0"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"w2:8083","version":"1.0.0"}],"type":"source"}';
    await expectAnswer(send('GET', '/connectors/inv/status'), 200, running);
    await expectAnswer(
      send('POST', '/connectors/inv/restart?includeTasks=true&onlyFailed=false'),
      202,
      running.replaceAll('"state":"RUNNING"', '"state":"RESTARTING"'),
    );
    await expectAnswer(send('POST', '/connectors/inv/restart'), 204, '');
    const info = infoText('[{"connector":"inv","task":0}]');
    await expectAnswer(send('GET', '/connectors?expand=info&expand=status'), 200, `{"inv":{"status":${running},"info":${info}}}`);
    await expectAnswer(send('GET', '/connectors?expand=foo'), 200, '{"inv":{}}');
    await expectAnswer(send('GET', '/connectors?expand=info,status'), 200, '{"inv":{}}');
    await expectAnswer(send('GET', '/connectors/'), 200, '["inv"]');
    await expectAnswer(
      send('GET', '/connectors/inv/tasks'),
      200,
      '[{"id":{"connector":"inv","task":0},"config":{"connector.class":"FileStreamSource","tasks.max":"1","file":"/tmp/a","topic":"t","name":"inv","task.class":"T"}}]',
    );
    await expectAnswer(send('GET', '/connectors/inv/topics'), 200, '{"inv":{"topics":["t"]}}');
    await expectAnswer(send('PUT', '/connectors/inv/topics/reset'), 202, '');
    await expectAnswer(
      send('PATCH', '/connectors/inv/config', { file: '/tmp/b', topic: 't2', 'tasks.max': null }),
      200,
      '{"name":"inv","config":{"connector.class":"FileStreamSource","file":"/tmp/b","topic":"t2","name":"inv"},"tasks":[{"connector":"inv","task":0}],"type":"source"}',
    );
    await expectAnswer(send('PUT', '/connectors/inv/stop'), 204, '');
    await expectAnswer(send('DELETE', '/connectors/inv'), 204, '');
    await expectAnswer(send('GET', '/connectors/inv/status'), 404, '{"error_code":404,"message":"No status found for connector inv"}');
  });

  test('a failed task shows its trace, a running one none', async () => {
    await send('POST', '/connectors', inv);
    const stored = rest.herder.connectors.get('inv');
    if (stored !== undefined) stored.taskState = 'FAILED';
    await expectAnswer(
      send('GET', '/connectors/inv/tasks/0/status'),
      200,
      '{"id":0,"state":"FAILED","worker_id":"w2:8083","trace":"TaskFailure: no","version":"1.0.0"}',
    );
  });
});

describe('refusals', () => {
  test.each<[string, object | undefined, number, string]>([
    ['GET /connectors/nope', undefined, 404, 'Connector nope not found'],
    ['GET /connectors/nope/config', undefined, 404, 'Connector nope not found'],
    ['GET /connectors/nope/tasks', undefined, 404, 'Connector nope not found'],
    ['GET /connectors/nope/tasks/3/status', undefined, 404, 'No status found for task nope-3'],
    ['DELETE /connectors/nope', undefined, 404, 'Connector nope not found'],
    ['PUT /connectors/nope/pause', undefined, 404, 'Unknown connector nope'],
    ['POST /connectors/nope/restart', undefined, 404, 'Unknown connector: nope'],
    ['POST /connectors/inv/tasks/7/restart', undefined, 404, 'Unknown task: inv-7'],
    ['POST /connectors', inv, 409, 'Connector inv already exists'],
    [
      'POST /connectors',
      { name: 'a', config: { ...inv.config, name: 'b' } },
      400,
      "Connector name configuration (b) doesn't match connector name in the URL (a)",
    ],
    ['PUT /connectors/inv/config', { name: 'b' }, 400, "Connector name configuration (b) doesn't match connector name in the URL (inv)"],
    ['PATCH /connectors/inv/config', { name: 'b' }, 400, "Connector name configuration (b) doesn't match connector name in the URL (inv)"],
    ['POST /connectors', { ...inv, name: 'x', initial_state: 'GONE' }, 400, 'initial_state "GONE" is not one of: RUNNING, PAUSED, STOPPED'],
    ['PATCH /connectors/inv/offsets', { offsets: [] }, 400, 'Partitions / offsets need to be provided for an alter offsets request'],
    ['PATCH /connectors/inv/offsets', {}, 400, 'Partitions / offsets need to be provided for an alter offsets request'],
    [
      'PATCH /connectors/inv/offsets',
      { offsets: [{ partition: { a: [1] }, offset: null }] },
      400,
      'The value of "a" in a partition or offset must be a string, number, boolean or null',
    ],
    ['DELETE /connectors/inv/offsets', undefined, 400, 'Connectors must be in the STOPPED state: PUT /connectors/inv/stop'],
    ['GET /connector-plugins/Nope/config', undefined, 404, 'Unknown plugin Nope.'],
    ['GET /connector-plugins/FileStreamSource/config?version=%5B', undefined, 400, 'Invalid version specification: ['],
  ])('%s %j: %i %s', async (request, payload, status, message) => {
    await send('POST', '/connectors', inv);
    const [method, url = ''] = request.split(' ');
    await expectAnswer(send(method, url, payload), status, JSON.stringify({ error_code: status, message }));
  });

  test('a wrong configuration is refused with every problem, by POST, PUT and PATCH alike', async () => {
    await send('POST', '/connectors', inv);
    const wrong = { 'tasks.max': 0, topic: null };
    const summary =
      'Connector configuration is invalid and contains the following 2 error(s):\nInvalid value 0 for configuration tasks.max: ';
    const answers = [
      await send('POST', '/connectors', { name: 'b', config: { ...inv.config, ...wrong } }),
      await send('PUT', '/connectors/inv/config', { ...inv.config, ...wrong }),
      await send('PATCH', '/connectors/inv/config', { ...wrong }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(400);
      expect(answer.json<{ message: string }>().message).toContain(summary);
      expect(answer.json<{ message: string }>().message).toMatch(/`\/connector-plugins\/\{connectorType\}\/config\/validate`$/);
    }
    expect(rest.herder.connectors.size).toBe(1);
  });

  test('an unknown class is 400 and names what there is', async () => {
    const answer = await send('POST', '/connectors', { name: 'x', config: { 'connector.class': 'Nope' } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('FileStreamSourceConnector');
  });
});

describe('configurations', () => {
  test('numbers and booleans are stored as they were written', async () => {
    const payload =
      '{"connector.class":"FileStreamSource","topic":"t","tasks.max":2,"errors.log.enable":true,"big":12345678901234567890,"ratio":1.0}';
    const headers = { 'content-type': 'application/json' };
    const created = await app.inject({ method: 'PUT', url: '/connectors/inv/config', payload, headers });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({
      config: { 'tasks.max': '2', 'errors.log.enable': 'true', big: '12345678901234567890', ratio: '1.0', name: 'inv' },
    });
    const again = await app.inject({ method: 'PUT', url: '/connectors/inv/config', payload, headers });
    expect(again.statusCode).toBe(200);
    expect(again.headers.location).toBeUndefined();
  });

  test('names with slashes, spaces and percent signs can be addressed', async () => {
    const name = 'a/b c%25?';
    const created = await send('POST', '/connectors', { name, config: inv.config });
    expect(created.headers.location).toBe('http://localhost:80/connectors/a/b%20c%2525%3F');
    const found = await send('GET', `/connectors/${encodeURIComponent(name)}`);
    expect(found.json()).toMatchObject({ name });
  });

  test('names longer than a hundred characters can be addressed', async () => {
    const name = 'n'.repeat(300);
    await send('POST', '/connectors', { name, config: inv.config });
    expect((await send('GET', `/connectors/${name}`)).statusCode).toBe(200);
  });
});

describe('offsets', () => {
  const sink = { name: 's', config: { 'connector.class': 'FileStreamSink', topics: 't' }, initial_state: 'STOPPED' };

  test('of a sink are those of its partitions, 64 bits wide, the last of a repeated one', async () => {
    await send('POST', '/connectors', sink);
    const payload =
      '{"offsets":[{"partition":{"kafka_topic":"t","kafka_partition":0},"offset":{"kafka_offset":1}},' +
      '{"partition":{"kafka_partition":"0","kafka_topic":"t"},"offset":{"kafka_offset":9007199254740993}},' +
      '{"partition":{"kafka_topic":"t","kafka_partition":1},"offset":{"kafka_offset":"7"}}]}';
    const altered = await app.inject({
      method: 'PATCH',
      url: '/connectors/s/offsets',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect(altered.statusCode).toBe(200);
    await expectAnswer(
      send('GET', '/connectors/s/offsets'),
      200,
      '{"offsets":[{"partition":{"kafka_partition":0,"kafka_topic":"t"},"offset":{"kafka_offset":9007199254740993}},' +
        '{"partition":{"kafka_partition":1,"kafka_topic":"t"},"offset":{"kafka_offset":7}}]}',
    );
    await expectAnswer(
      send('DELETE', '/connectors/s/offsets'),
      200,
      '{"message":"The offsets for this connector have been reset successfully"}',
    );
  });

  test.each<[object]>([
    [{ offsets: [{ partition: null, offset: null }] }],
    [{ offsets: [{ partition: { kafka_topic: 't' }, offset: null }] }],
    [{ offsets: [{ partition: { kafka_partition: 0 }, offset: null }] }],
    [{ offsets: [{ partition: { kafka_topic: 't', kafka_partition: 2_147_483_648 }, offset: null }] }],
    [{ offsets: [{ partition: { kafka_topic: 't', kafka_partition: 0 }, offset: {} }] }],
    [{ offsets: [{ partition: { kafka_topic: 't', kafka_partition: 0 }, offset: { kafka_offset: '1.5' } }] }],
    [{ offsets: [{ partition: { kafka_topic: 't', kafka_partition: 0 }, offset: { kafka_offset: -1 } }] }],
  ])('of a sink that make no sense are refused: %j', async (payload) => {
    await send('POST', '/connectors', sink);
    expect((await send('PATCH', '/connectors/s/offsets', payload)).statusCode).toBe(400);
  });
});
