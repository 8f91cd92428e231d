import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { makeAuthority, type Authority } from './authority.ts';
import { etcdProgram } from './own-etcd.ts';
import { freePort, OwnProcess } from './own-process.ts';

const rootPassword = 'root-secret';

/**
 * An etcd of one test alone: TLS, clients have to show a certificate of its authority (`worker` has one), and then log in as
 * the user `headrace`, who may read and write below one prefix.
 */
export class SecuredEtcd implements AsyncDisposable {
  readonly authority: Authority;
  readonly endpoint: string;
  /** May do everything. */
  readonly root: Etcd3;
  readonly user = { name: 'headrace', password: 'etcd-secret' } as const;
  readonly #process: OwnProcess;

  private constructor(authority: Authority, endpoint: string, process: OwnProcess, root: Etcd3) {
    this.authority = authority;
    this.endpoint = endpoint;
    this.#process = process;
    this.root = root;
  }

  /** `prefix`: what the user may read and write, and nothing else. */
  static async start(prefix: string): Promise<SecuredEtcd> {
    const dir = await mkdtemp(join(tmpdir(), 'secured-etcd-'));
    const authority = await makeAuthority(dir, ['server', 'worker']);
    const [client, peer] = [`https://127.0.0.1:${String(await freePort())}`, `http://127.0.0.1:${String(await freePort())}`];
    const tls = [`--cert-file=${authority.chainOf('server')}`, `--key-file=${authority.keyOf('server')}`];
    const clients = ['--client-cert-auth', `--trusted-ca-file=${authority.certificate}`];
    const urls = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`, `--listen-peer-urls=${peer}`];
    const peers = [`--initial-advertise-peer-urls=${peer}`, `--initial-cluster=secured=${peer}`];
    const process = new OwnProcess(etcdProgram(), [
      '--name=secured',
      `--data-dir=${join(dir, 'data')}`,
      '--log-level=error',
      ...tls,
      ...clients,
      ...urls,
      ...peers,
    ]);
    const credentials = {
      rootCertificate: await readFile(authority.certificate),
      privateKey: await readFile(authority.keyOf('worker')),
      certChain: await readFile(authority.chainOf('worker')),
    };
    const open = new Etcd3({ hosts: [client], credentials });
    await process.untilUp(() => open.maintenance.status());
    const root = new Etcd3({ hosts: [client], credentials, auth: { username: 'root', password: rootPassword } });
    const etcd = new SecuredEtcd(authority, client, process, root);
    await etcd.#askForLogins(open, prefix);
    open.close();
    return etcd;
  }

  async #askForLogins(open: Etcd3, prefix: string): Promise<void> {
    const root = await open.user('root').create(rootPassword);
    await root.addRole('root');
    const role = await open.role('headrace').create();
    await role.grant({ permission: 'Readwrite', range: open.range({ prefix }) });
    const user = await open.user(this.user.name).create(this.user.password);
    await user.addRole(role);
    await open.auth.authEnable();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.root.close();
    await this.#process[Symbol.asyncDispose]();
    await rm(this.authority.dir, { recursive: true, force: true });
  }
}
