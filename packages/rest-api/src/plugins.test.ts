import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConfigInfos, ConfigKeyInfo } from '@headrace/rest-contract';
import type { LightMyRequestResponse } from 'fastify';
import { createRest, type Rest } from '../test/rest.ts';

let rest: Rest;

beforeAll(async () => {
  rest = await createRest();
});

afterAll(async () => {
  await rest.app.close();
});

const validate = (plugin: string, payload: object): Promise<LightMyRequestResponse> =>
  rest.app.inject({ method: 'PUT', url: `/connector-plugins/${plugin}/config/validate`, payload });

describe('the list of plugins', () => {
  test('holds sinks, then sources', async () => {
    const answer = await rest.app.inject({ url: '/connector-plugins' });
    expect(answer.payload).toBe(
      '[{"class":"org.apache.kafka.connect.file.FileStreamSinkConnector","type":"sink","version":"1.0.0"},' +
        '{"class":"org.apache.kafka.connect.file.FileStreamSourceConnector","type":"source","version":"1.0.0"}]',
    );
  });

  test('leaves out the tools for tests, which can be used all the same', async () => {
    expect((await rest.app.inject({ url: '/connector-plugins' })).payload).not.toContain('Mock');
    expect((await rest.app.inject({ url: '/connector-plugins/MockSource/config' })).payload).toContain('mock_mode');
  });

  test('holds all kinds on demand', async () => {
    const answer = await rest.app.inject({ url: '/connector-plugins/?connectorsOnly=false' });
    const types = answer.json<{ type: string }[]>().map(({ type }) => type);
    expect(types).toEqual(['sink', 'source', 'transformation', 'converter', 'header_converter']);
  });
});

describe('the options of a plugin', () => {
  test.each(['FileStreamSource', 'FileStreamSourceConnector', 'org.apache.kafka.connect.file.FileStreamSourceConnector'])(
    'are found under %s, its own first, then those of the framework',
    async (name) => {
      const keys = (await rest.app.inject({ url: `/connector-plugins/${name}/config` })).json<ConfigKeyInfo[]>();
      const names = keys.map((key) => key.name);
      expect(names).toEqual(expect.arrayContaining(['batch.size', 'name']));
      expect(names.indexOf('batch.size')).toBeLessThan(names.indexOf('name'));
      expect(keys.find((key) => key.name === 'password')?.default_value).toBe('[hidden]');
    },
  );

  test('of a transformation are its own alone', async () => {
    expect((await rest.app.inject({ url: '/connector-plugins/Filter/config' })).payload).toBe('[]');
  });
});

describe('validation', () => {
  test('answers 200 with errors by key', async () => {
    const answer = await validate('FileStreamSource', { name: 'x', 'connector.class': 'FileStreamSource', 'tasks.max': 0 });
    expect(answer.statusCode).toBe(200);
    const result = answer.json<ConfigInfos>();
    expect(result.error_count).toBe(2);
    const entry = result.configs.find(({ value }) => value.name === 'tasks.max');
    expect(JSON.stringify(entry)).toBe(
      '{"definition":{"name":"tasks.max","type":"INT","required":false,"default_value":"1","importance":"HIGH",' +
        '"documentation":"Most tasks the connector may use.","group":"Common","order_in_group":4,"width":"SHORT","display_name":"Tasks max","dependents":[]},' +
        '"value":{"name":"tasks.max","value":"0","recommended_values":[],"errors":["Invalid value 0 for configuration tasks.max: Value must be at least 1"],"visible":true}}',
    );
  });

  test.each<[string, object, string]>([
    ['FileStreamSource', { name: 'x', password: 'hunter2' }, 'Connector config {name, password} contains no connector type'],
    [
      'FileStreamSink',
      { 'connector.class': 'FileStreamSource' },
      'Included connector type FileStreamSource does not match request type FileStreamSink',
    ],
  ])('refuses %s with %j', async (plugin, payload, message) => {
    const answer = await validate(plugin, payload);
    expect(answer.payload).toBe(JSON.stringify({ error_code: 400, message }));
  });

  test('refuses an unknown class, naming those there are', async () => {
    const answer = await validate('Nope', { 'connector.class': 'Nope' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('FileStreamSinkConnector');
  });
});
