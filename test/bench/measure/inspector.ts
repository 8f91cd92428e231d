import { readFile } from 'node:fs/promises';
import { waitFor } from '../wait.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Sends one command of the inspector's protocol to one thread. */
export type SendCommand = (method: string, params?: Readonly<Record<string, unknown>>) => Promise<unknown>;

type OnEvent = (method: string, params: Readonly<Record<string, unknown>>) => void;

/** Pairs commands with their answers, whatever carries the messages. */
class Session {
  readonly #post: (text: string) => void;
  readonly #onEvent: OnEvent;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(post: (text: string) => void, onEvent: OnEvent) {
    this.#post = post;
    this.#onEvent = onEvent;
  }

  readonly send: SendCommand = async (method, params = {}) => {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#post(JSON.stringify({ id, method, params }));
    return answer.promise;
  };

  receive(text: string): void {
    const { id, method, params = {}, result, error } = JSON.parse(text) as Message;
    if (id === undefined) {
      this.#onEvent(method ?? '', params);
      return;
    }
    if (error === undefined) this.#waiting.get(id)?.resolve(result);
    else this.#waiting.get(id)?.reject(new Error(error.message));
    this.#waiting.delete(id);
  }
}

/** A connection to the inspector of a Node.js process, with a session for each of its worker threads. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #main: Session;
  readonly #threads = new Map<string, Session>();

  private constructor(socket: WebSocket, onThread: (send: SendCommand) => void) {
    this.#socket = socket;
    this.#main = new Session(
      (text) => socket.send(text),
      (method, params) => {
        if (method === 'NodeWorker.receivedMessageFromWorker')
          this.#threads.get(String(params['sessionId']))?.receive(String(params['message']));
        if (method !== 'NodeWorker.attachedToWorker') return;
        const sessionId = String(params['sessionId']);
        const post = (message: string): void => void this.#main.send('NodeWorker.sendMessageToWorker', { sessionId, message });
        const session = new Session(post, () => undefined);
        this.#threads.set(sessionId, session);
        onThread(session.send);
      },
    );
    socket.addEventListener('message', ({ data }) => {
      this.#main.receive(String(data));
    });
  }

  /** Calls `onThread` for each worker thread there is and for each that comes. */
  static async connect(url: string, onThread: (send: SendCommand) => void): Promise<Inspector> {
    const socket = new WebSocket(url);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    socket.addEventListener('open', () => {
      resolve(undefined);
    });
    socket.addEventListener('error', () => {
      reject(new Error(`The inspector on ${url} does not answer.`));
    });
    await promise;
    const inspector = new Inspector(socket, onThread);
    await inspector.#main.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspector;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Opens the inspector of a running process; its address is the last one that its log tells. */
export const openInspector = async (pid: number, logFile: string, signal: AbortSignal): Promise<string> => {
  const addresses = async (): Promise<readonly string[]> =>
    [...(await readFile(logFile, 'utf8')).matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url = '']) => url);
  const before = (await addresses()).length;
  process.kill(pid, 'SIGUSR1');
  const newest = async (): Promise<string | undefined> => (await addresses())[before];
  return waitFor('the inspector of the worker is open', newest, { withinMs: 10_000, signal });
};
