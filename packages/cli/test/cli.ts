import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly url?: string;
  readonly input?: string;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs the real command in its own process. */
export const headrace = async (args: readonly string[], { url, input = '' }: RunOptions = {}): Promise<Outcome> => {
  const env = { ...process.env, ...(url === undefined ? {} : { HEADRACE_URL: url }) };
  const child = spawn(process.execPath, ['--conditions=@headrace/source', '--disable-warning=ExperimentalWarning', main, ...args], { env });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, out, err };
};

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

type Answer = readonly [status: number, body?: unknown];

export interface FakeWorker extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
}

/**
 * A server that answers `METHOD /path` as told; a list is answered in turn, its last entry for good. A string is sent as
 * it is, null breaks the connection.
 */
export const startWorker = async (answers: Readonly<Record<string, Answer | readonly Answer[] | null>>): Promise<FakeWorker> => {
  const received: Received[] = [];
  const turns = new Map<string, number>();
  const server = createServer((request, response) => {
    void (async () => {
      const key = `${request.method ?? ''} ${request.url ?? ''}`;
      const { authorization } = request.headers;
      received.push({ method: request.method ?? '', path: request.url ?? '', body: await text(request), authorization });
      const scripted = answers[key];
      if (scripted === null) {
        request.socket.destroy();
        return;
      }
      const [status, body] = turnOf(scripted ?? [404, { error_code: 404, message: `no ${key}` }], key, turns);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
};

const turnOf = (scripted: Answer | readonly Answer[], key: string, turns: Map<string, number>): Answer => {
  if (typeof scripted[0] === 'number') return scripted as Answer;
  const list = scripted as readonly Answer[];
  const turn = turns.get(key) ?? 0;
  turns.set(key, turn + 1);
  return list[Math.min(turn, list.length - 1)] ?? [500];
};
