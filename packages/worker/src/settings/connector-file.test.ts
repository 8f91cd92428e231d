import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConnectorFile } from './connector-file.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headrace-connector-'));
});
afterAll(() => rm(dir, { recursive: true }));

const read = async (text: string) => {
  const file = join(dir, 'connector');
  await writeFile(file, text);
  return readConnectorFile(file);
};

describe('a connector file', () => {
  test('is Java properties', async () => {
    expect(await read('# demo\nname=local-file-source\ntasks.max=1\nfile=a\\ b.txt\n')).toEqual({
      name: 'local-file-source',
      config: { name: 'local-file-source', 'tasks.max': '1', file: 'a b.txt' },
    });
  });

  test('or a flat JSON object', async () => {
    expect(await read('{"name": "f", "tasks.max": 1, "delete.enabled": true}')).toEqual({
      name: 'f',
      config: { name: 'f', 'tasks.max': '1', 'delete.enabled': 'true' },
    });
  });

  test('or what POST /connectors takes', async () => {
    expect(await read('{"name": "f", "config": {"file": "x"}, "initial_state": "stopped"}')).toEqual({
      name: 'f',
      config: { file: 'x' },
      initialState: 'STOPPED',
    });
  });

  test.each([
    ['file=x', /has no name/],
    ['{"name": "f", "config": {"file": ["x"]}}', /value of file/],
    ['{"name": "f", "config": {}, "initial_state": "asleep"}', /RUNNING, PAUSED or STOPPED/],
  ])('that cannot be used is named: %s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('that is not there is named, too', async () => {
    await expect(readConnectorFile(join(dir, 'none'))).rejects.toThrow(/The connector file .*none cannot be read/);
  });
});
