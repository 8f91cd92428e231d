import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mysqlSource } from '../src/index.ts';
import type { TestServer } from './capture-run.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PORT_BASE = '35000';
/** How `scripts/stack` ends where a program cannot be had. */
const NOT_TO_BE_HAD = 4;

const stack = async (args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(`${root}scripts/stack`, [...args], {
    cwd: root,
    env: { ...process.env, PORT_BASE },
    timeout: 170_000,
  });
  return stdout;
};

/** The MySQL of MYSQL_URL, or one that is started for the tests and removed after them. */
export class MysqlServer implements AsyncDisposable {
  readonly server: TestServer;
  readonly #isOwn: boolean;

  private constructor(url: string, isOwn: boolean) {
    this.server = { connector: mysqlSource, url: new URL(url) };
    this.#isOwn = isOwn;
  }

  /** undefined: the package of MySQL cannot be had here. */
  static async open(): Promise<MysqlServer | undefined> {
    const url = process.env['MYSQL_URL'];
    if (url !== undefined && url !== '') return new MysqlServer(url, false);
    try {
      await stack(['up', '--only', 'mysql', '--with', 'mysql']);
    } catch (error) {
      if ((error as { code?: unknown }).code === NOT_TO_BE_HAD) return undefined;
      throw error;
    }
    const own = /^export MYSQL_URL='(.*)'$/m.exec(await stack(['env']))?.[1];
    if (own === undefined) throw new Error('`scripts/stack env` names no MYSQL_URL, though MySQL was started.');
    return new MysqlServer(own, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOwn) await stack(['down', '--purge']);
  }
}
