import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What a connection suffers. `cut` holds the bytes of both ways back, `requests-cut` and `replies-cut` those of one: held
 * bytes arrive late, when it is `fair` again, as they would after a partition. `slow` delays every piece, `lossy` some of
 * them by as much as a retransmission takes, and breaks connections now and then.
 */
export type Weather = 'fair' | 'cut' | 'requests-cut' | 'replies-cut' | 'slow' | 'lossy';

type Direction = 'requests' | 'replies';

const slowMs = [40, 160] as const;
const retransmissionMs = [200, 1_200] as const;
const stallShare = 0.04;
const breakShare = 0.004;

/** Stands between one client and one server on loopback and makes the network between them bad. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  readonly #random: () => number;
  #weather: Weather = 'fair';
  #change = Promise.withResolvers<undefined>();

  private constructor(target: number, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((client) => {
      this.#join(client);
    });
  }

  /** `port`: where it listens; by default where there is room. */
  static async start(target: number, random: () => number, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, random);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  become(weather: Weather): void {
    this.#weather = weather;
    this.#change.resolve(undefined);
    this.#change = Promise.withResolvers<undefined>();
  }

  /** Breaks every connection there is. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
      });
    }
    void this.#carry(client, server, 'requests').then(end, end);
    void this.#carry(server, client, 'replies').then(end, end);
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    for await (const bytes of from) {
      await this.#suffer(to, direction);
      if (to.destroyed) return;
      if (!to.write(bytes as Buffer)) await drained(to);
    }
    // The end of a stream is news as well: behind a cut nobody learns that the other side has died.
    await this.#suffer(to, direction);
  }

  async #suffer(to: Socket, direction: Direction): Promise<void> {
    while (this.#holds(direction) && !to.destroyed) await this.#change.promise;
    if (this.#weather === 'slow') await sleep(this.#between(slowMs));
    if (this.#weather !== 'lossy') return;
    const dice = this.#random();
    if (dice < breakShare) to.destroy();
    else if (dice < stallShare) await sleep(this.#between(retransmissionMs));
  }

  #holds(direction: Direction): boolean {
    return this.#weather === 'cut' || this.#weather === `${direction}-cut`;
  }

  #between([low, high]: readonly [number, number]): number {
    return low + this.#random() * (high - low);
  }
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => {
      resolve();
    });
  });
