import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createLatch, type Latch, type RawConfig } from '@headrace/foundation';

const MAX_THROWN_OUT = 20;

/** A text that does not pass before `released`. */
interface Barrier {
  readonly text: string;
  readonly reached: Latch<void>;
  readonly released: Latch<void>;
}

/** A door in front of a database: it can be closed, keep back what a client is about to say, and throw a client out for it. */
export class Door implements AsyncDisposable {
  /** Clients that came while it was closed. */
  turnedAway = 0;
  /** Clients that came in and were thrown out. */
  thrownOut = 0;
  #isOpen = true;
  /** The client that came last. */
  #last: Socket | undefined;
  #barrier: Barrier | undefined;
  #offence: string | Buffer | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };

  private constructor(config: RawConfig) {
    this.#target = { host: config['database.hostname'] ?? '', port: Number(config['database.port']) };
    this.#server = createServer((client) => {
      this.#enter(client);
    });
  }

  /** On a port of its own, before the server at database.hostname and database.port. */
  static async before(config: RawConfig): Promise<Door> {
    const door = new Door(config);
    await new Promise<void>((resolve) => {
      door.#server.listen(0, '127.0.0.1', resolve);
    });
    return door;
  }

  /** Settings of a connector that comes through it. */
  get config(): RawConfig {
    const { port } = this.#server.address() as AddressInfo;
    return { 'database.hostname': '127.0.0.1', 'database.port': String(port) };
  }

  /** Breaks what has passed, and turns away who comes. */
  close(): void {
    this.#isOpen = false;
    this.break();
  }

  /** Breaks what has passed; who comes is let in. */
  break(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Puts bytes into what the server says to the client that came last. */
  say(bytes: Buffer): void {
    this.#last?.write(bytes);
  }

  /** The first message with this text, sent in clear, waits at the door while `work` runs. */
  async keepBack(text: string, work: () => Promise<unknown>): Promise<void> {
    const barrier = { text, reached: createLatch(), released: createLatch() };
    this.#barrier = barrier;
    await barrier.reached.promise;
    this.#barrier = undefined;
    await work();
    barrier.released.resolve();
  }

  /**
   * From now on whoever says this, in clear, is thrown out with the first answer to it. After twenty of them nobody comes in any
   * more: a client that does not count would go on for ever.
   */
  throwOutAfter(said: string | Buffer): void {
    this.#offence = said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #enter(client: Socket): void {
    if (!this.#isOpen) {
      this.turnedAway += 1;
      client.destroy();
      return;
    }
    this.#last = client;
    const server = connect(this.#target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    client.on('data', (bytes: Buffer) => void this.#pass(bytes, client, server));
    server.pipe(client);
  }

  async #pass(bytes: Buffer, client: Socket, server: Socket): Promise<void> {
    if (this.#offence !== undefined && bytes.includes(this.#offence)) this.#throwOut(client, server);
    const barrier = this.#barrier;
    if (barrier !== undefined && bytes.includes(barrier.text)) {
      client.pause();
      barrier.reached.resolve();
      await barrier.released.promise;
      client.resume();
    }
    server.write(bytes);
  }

  #throwOut(client: Socket, server: Socket): void {
    this.thrownOut += 1;
    this.#isOpen = this.thrownOut < MAX_THROWN_OUT;
    // Behind the listener that passes the answer on.
    server.once('data', () => {
      client.end();
      server.destroy();
    });
  }
}
