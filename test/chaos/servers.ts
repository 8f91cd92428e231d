import { OwnEtcd } from '@headrace/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from './ground.ts';
import { runScript } from '../support/scripts.ts';
import { stackServices, startMysql, startStack } from '../support/stack.ts';
import type { ChaosOptions } from './options.ts';

/** The servers that faults are done to: those of the stack, and three members of etcd where they are asked for. */
export class Servers implements AsyncDisposable {
  readonly #etcd: OwnEtcd | undefined;
  /** Ports by name; MySQL's only where a flow begins there, whoever else has started one. */
  readonly ports: ReadonlyMap<string, number>;

  private constructor(etcd: OwnEtcd | undefined, ports: ReadonlyMap<string, number>) {
    this.#etcd = etcd;
    this.ports = ports;
  }

  static async start({ brokers, etcdMembers, hasMysql }: ChaosOptions): Promise<Servers> {
    await startStack(['--brokers', String(brokers)]);
    const isMysqlThere = hasMysql && (await startMysql());
    const etcd = etcdMembers === 3 ? await OwnEtcd.start(3) : undefined;
    const stack = (await stackServices()).filter(
      ({ name }) => (name !== 'mysql' || isMysqlThere) && (name !== 'etcd' || etcd === undefined),
    );
    const members = (etcd?.endpoints ?? []).map((endpoint, number) => [`etcd-${String(number)}`, Number(new URL(endpoint).port)] as const);
    return new Servers(etcd, new Map([...stack.map(({ name, port }) => [name, port] as const), ...members]));
  }

  /** What workers have to be told beside the stack's addresses. */
  get environment(): Readonly<Record<string, string>> {
    return this.#etcd === undefined ? {} : { HEADRACE_ETCD_ENDPOINTS: this.#etcd.endpoints.join(',') };
  }

  async restart(server: string, how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const member = this.#member(server);
    if (member === undefined) {
      await runScript('stack', ['stop', server, ...(how === 'SIGKILL' ? ['--signal', 'KILL'] : [])]);
      await runScript('stack', ['start', server]);
    } else {
      await (how === 'SIGKILL' ? member.etcd.kill(member.number) : member.etcd.stop(member.number));
      await member.etcd.restart(member.number);
    }
  }

  async freeze(server: string, forMs: number): Promise<void> {
    const member = this.#member(server);
    if (member === undefined) {
      const pid = (await stackServices()).find(({ name }) => name === server)?.pid;
      if (pid === undefined) return;
      signal(pid, 'SIGSTOP');
      await sleep(forMs);
      signal(pid, 'SIGCONT');
    } else {
      await member.etcd.freeze(member.number);
      await sleep(forMs);
      await member.etcd.thaw(member.number);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#etcd?.[Symbol.asyncDispose]();
  }

  #member(server: string): { readonly etcd: OwnEtcd; readonly number: number } | undefined {
    const number = /^etcd-(\d)$/.exec(server)?.[1];
    return this.#etcd === undefined || number === undefined ? undefined : { etcd: this.#etcd, number: Number(number) };
  }
}
