import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Product, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';
import { javaProgram, pythonProgram, type ClientProgram, type NotToBeHad } from './install-clients.ts';
import { lives } from './lives.ts';
import { replays, type Replayed } from './replays.ts';

const run = promisify(execFile);

interface Client {
  readonly name: keyof typeof lives;
  readonly install: () => Promise<ClientProgram | NotToBeHad>;
}

const sourceLab = { groupId: 'org.sourcelab', artifactId: 'kafka-connect-client', version: '4.0.4' };

const clients: readonly Client[] = [
  { name: 'org.sourcelab:kafka-connect-client', install: () => javaProgram('SourceLab.java', sourceLab) },
  { name: 'kafka-connect-py', install: () => pythonProgram('with_kafka_connect_py.py', 'kafka-connect-py==1.0.0') },
  { name: 'kafka-connect-api', install: () => pythonProgram('with_kafka_connect_api.py', 'kafka-connect-api==0.5.10') },
];

/**
 * Clients that people run against Kafka Connect, unchanged, through the life of a connector. `CLIENTS_URL` runs them against another
 * worker, which has the file connectors: one of Kafka Connect itself answers them alike.
 */
describe('clients of Kafka Connect', () => {
  let product: Product | undefined;
  let url = process.env['CLIENTS_URL'] ?? '';
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headrace-clients-'));
    if (url !== '') return;
    product = await Product.start(1);
    url = product.workers[0]?.rest ?? '';
  });

  afterAll(async () => {
    await product?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test.each(clients.map((client) => [client.name, client] as const))('%s', async (name, { install }) => {
    const program = await install();
    if ('missing' in program) {
      // What is skipped must not look passed.
      process.stderr.write(`SKIPPED: ${name}, for ${program.missing} is not to be had here.\n`);
      return;
    }
    const connector = unique('client');
    const file = join(folder, connector);
    await writeFile(file, 'one\ntwo\n');
    const { stdout } = await run(program.command, [...program.args, url, connector, file], {
      env: { ...process.env, ...program.environment },
    });
    expect(stdout.trim().split('\n')).toEqual(lives[name]);
  });

  const ask = async (
    { method, path, headers = {}, body }: Replayed,
    name: string,
  ): Promise<{ readonly status: number; readonly sees: unknown }> => {
    const named = (text: string): string => text.replaceAll('NAME', name);
    const sent = body === undefined ? {} : { body: named(JSON.stringify(body)) };
    const response = await fetch(url + named(path), { method, headers, ...sent, signal: AbortSignal.timeout(30_000) });
    const text = (await response.text()).replaceAll(name, 'NAME');
    return { status: response.status, sees: text === '' ? '' : (JSON.parse(text) as unknown) };
  };

  test.each(Object.entries(replays))('the requests of %s are answered as its source demands', async (_, stepsOf) => {
    const name = unique('replayed');
    const file = join(folder, 'NAME');
    await writeFile(file.replace('NAME', name), 'one\ntwo\n');
    for (const step of stepsOf(file)) {
      const { status, sees, isAwaited } = step;
      const check = (answer: Awaited<ReturnType<typeof ask>>): void => {
        expect([step.method, step.path, answer.status, answer.sees]).toEqual([step.method, step.path, status, sees ?? answer.sees]);
      };
      const look = async (): Promise<true> => {
        check(await ask(step, name));
        return true;
      };
      await (isAwaited === true ? until('the answer is as expected', look, { withinMs: 30_000 }) : look());
    }
  });
});
