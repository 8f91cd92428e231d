import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands before a server: may be shut, as if the server were gone, and may take its time, as a distant server does. */
export class Gate implements AsyncDisposable {
  readonly #port: number;
  readonly #delayMs: number;
  readonly #said: string[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #ownPort = 0;

  private constructor(port: number, delayMs: number) {
    this.#port = port;
    this.#delayMs = delayMs;
  }

  /** `delayMs`: for bytes of either direction. */
  static async before(port: number, delayMs = 0): Promise<Gate> {
    const gate = new Gate(port, delayMs);
    await gate.open();
    return gate;
  }

  get port(): number {
    return this.#ownPort;
  }

  /** Everything that clients have said, in clear where they use no TLS. */
  get said(): string {
    return this.#said.join('');
  }

  async open(): Promise<void> {
    const server = createServer((client) => {
      this.#join(client, connect(this.#port, '127.0.0.1'));
    });
    await new Promise<void>((resolve) => server.listen(this.#ownPort, '127.0.0.1', resolve));
    this.#server = server;
    this.#ownPort = (server.address() as { readonly port: number }).port;
  }

  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  #join(client: Socket, server: Socket): void {
    client.on('data', (bytes: Buffer) => this.#said.push(bytes.toString('latin1')));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes: Buffer) => {
        if (this.#delayMs === 0) to.write(bytes);
        else void sleep(this.#delayMs).then(() => to.destroyed || to.write(bytes));
      });
    }
  }
}
