import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = `${root}scripts/stack`;

/**
 * Servers of `./scripts/stack` that belong to one test alone, so that it may stop and kill them: on ports of their own,
 * with data that disposing removes. `await using servers = await OwnServers.start(['etcd'])`.
 */
export class OwnServers implements AsyncDisposable {
  readonly #portBase: string;
  /** What `stack env` exports. */
  readonly env: ReadonlyMap<string, string>;

  private constructor(portBase: string, env: ReadonlyMap<string, string>) {
    this.#portBase = portBase;
    this.env = env;
  }

  /** `brokers`: 1 by default; 3 make a cluster that replicates everything thrice, its services `kafka-1` to `kafka-3`. */
  static async start(services: readonly string[], { brokers = 1 }: { readonly brokers?: 1 | 3 } = {}): Promise<OwnServers> {
    const portBase = claimPortBase();
    await run(portBase, ['up', '--only', services.join(','), '--brokers', String(brokers)]);
    const addresses = JSON.parse(await run(portBase, ['env', '--json'])) as Readonly<Record<string, string>>;
    return new OwnServers(portBase, new Map(Object.entries(addresses)));
  }

  /** The value of one export; throws when the servers have none of that name. */
  variable(name: string): string {
    const value = this.env.get(name);
    if (value === undefined) throw new Error(`The servers of this test export no ${name}.`);
    return value;
  }

  async kill(service: string): Promise<void> {
    await run(this.#portBase, ['stop', service, '--signal', 'KILL']);
  }

  /** Starts it again with the data it had; resolves when it answers. */
  async restart(service: string): Promise<void> {
    await run(this.#portBase, ['start', service]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(this.#portBase, ['down', '--purge']);
    // What is left is the lock of the script: without it the ports count as free again.
    await rm(`${root}.stack/${this.#portBase}`, { recursive: true, force: true });
  }
}

/**
 * One that no stack of this checkout uses; below the ports that the system hands out to clients. Making its folder is what
 * claims it from tests that start servers at the same moment.
 */
const claimPortBase = (): string => {
  mkdirSync(`${root}.stack`, { recursive: true });
  for (;;) {
    const portBase = String(14_000 + Math.floor(Math.random() * 60) * 200);
    try {
      mkdirSync(`${root}.stack/${portBase}`);
      return portBase;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

const run = async (portBase: string, details: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(script, [...details], { env: { ...process.env, PORT_BASE: portBase }, timeout: 170_000 });
  return stdout;
};
