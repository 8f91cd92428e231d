import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { freePort, OwnProcess } from './own-process.ts';

/** Where `./scripts/stack` has put etcd, or wherever the system has it. */
export const etcdProgram = (): string => {
  const cached = join(process.env['HEADRACE_CACHE'] ?? join(homedir(), '.cache/headrace'), 'etcd', 'etcd');
  return existsSync(cached) ? cached : 'etcd';
};

interface Member {
  readonly name: string;
  readonly dataDir: string;
  readonly client: string;
  readonly peer: string;
}

/** One etcd, or three that elect a leader, of one test alone: to be killed, frozen, and put back to a backup. */
export class OwnEtcd implements AsyncDisposable {
  readonly #dir: string;
  readonly #members: readonly Member[];
  readonly #processes = new Map<Member, OwnProcess>();
  readonly #clients = new Map<Member, Etcd3>();

  private constructor(dir: string, members: readonly Member[]) {
    this.#dir = dir;
    this.#members = members;
  }

  static async start(count: 1 | 3 = 1): Promise<OwnEtcd> {
    const dir = await mkdtemp(join(tmpdir(), 'own-etcd-'));
    const members: Member[] = [];
    for (let index = 0; index < count; index += 1) {
      const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${String(port)}`);
      const name = `own-${String(index)}`;
      members.push({ name, dataDir: join(dir, name), client: client ?? '', peer: peer ?? '' });
    }
    const etcd = new OwnEtcd(dir, members);
    await etcd.restart(...members.keys());
    return etcd;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ client }) => client);
  }

  /** Number of the member that leads; throws while none does. */
  async leader(): Promise<number> {
    const statuses = await Promise.all(
      this.#members.map(async (member) =>
        this.#client(member)
          .maintenance.status()
          .catch(() => undefined),
      ),
    );
    const index = statuses.findIndex((status) => status !== undefined && status.leader === status.header.member_id);
    if (index < 0) throw new Error('No member of etcd leads.');
    return index;
  }

  async kill(...numbers: readonly number[]): Promise<void> {
    await Promise.all(numbers.map(async (number) => this.#process(number).stop('SIGKILL')));
  }

  async stop(number: number): Promise<void> {
    await this.#process(number).stop();
  }

  freeze(number: number): Promise<void> {
    this.#process(number).send('SIGSTOP');
    return Promise.resolve();
  }

  thaw(number: number): Promise<void> {
    this.#process(number).send('SIGCONT');
    return Promise.resolve();
  }

  /** Starts members that do not run; resolves when they answer, for which most of all have to run. */
  async restart(...numbers: readonly number[]): Promise<void> {
    const members = numbers.map((number) => this.#member(number));
    for (const member of members) this.#processes.set(member, new OwnProcess(etcdProgram(), this.#arguments(member)));
    const isUp = async (member: Member): Promise<void> =>
      this.#processes.get(member)?.untilUp(() => this.#client(member).get('up').string());
    await Promise.all(members.map(isUp));
  }

  /** Keeps what the members have now, for `restore`. They are stopped meanwhile. */
  async backUp(): Promise<void> {
    await this.#whileStopped(async ({ dataDir }) => cp(dataDir, `${dataDir}.backup`, { recursive: true }));
  }

  /** Back to the backup, revisions and all, as after a disk was lost. */
  async restore(): Promise<void> {
    await this.#whileStopped(async ({ dataDir }) => {
      await rm(dataDir, { recursive: true });
      await cp(`${dataDir}.backup`, dataDir, { recursive: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await Promise.all([...this.#processes.values()].map(async (process) => process[Symbol.asyncDispose]()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #whileStopped(work: (member: Member) => Promise<void>): Promise<void> {
    await Promise.all([...this.#processes.values()].map(async (process) => process.stop()));
    for (const member of this.#members) await work(member);
    await this.restart(...this.#members.keys());
  }

  #arguments({ name, dataDir, client, peer }: Member): readonly string[] {
    const cluster = this.#members.map((member) => `${member.name}=${member.peer}`).join(',');
    return [
      `--name=${name}`,
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${cluster}`,
      '--log-level=error',
    ];
  }

  #client(member: Member): Etcd3 {
    const client =
      this.#clients.get(member) ?? new Etcd3({ hosts: [member.client], grpcOptions: { 'grpc.max_reconnect_backoff_ms': 500 } });
    this.#clients.set(member, client);
    return client;
  }

  #member(number: number): Member {
    const member = this.#members[number];
    if (member === undefined) throw new Error(`There is no member ${String(number)}.`);
    return member;
  }

  #process(number: number): OwnProcess {
    const process = this.#processes.get(this.#member(number));
    if (process === undefined) throw new Error(`Member ${String(number)} was never started.`);
    return process;
  }
}
