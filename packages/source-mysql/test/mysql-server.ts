import { OwnServers } from '@headrace/testkit';
import { mysqlSource } from '../src/index.ts';
import type { TestServer } from './capture-run.ts';

/** How `scripts/stack` ends where a program cannot be had. */
const NOT_TO_BE_HAD = 4;

/** The MySQL of MYSQL_URL, or one that is started for the tests and removed after them. */
export class MysqlServer implements AsyncDisposable {
  readonly server: TestServer;
  readonly #own: OwnServers | undefined;

  private constructor(url: string, own?: OwnServers) {
    this.server = { connector: mysqlSource, url: new URL(url) };
    this.#own = own;
  }

  /** undefined: the package of MySQL cannot be had here. */
  static async open(): Promise<MysqlServer | undefined> {
    const url = process.env['MYSQL_URL'];
    if (url !== undefined && url !== '') return new MysqlServer(url);
    try {
      const own = await OwnServers.start(['mysql']);
      return new MysqlServer(own.variable('MYSQL_URL'), own);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_TO_BE_HAD) throw error;
      // A skipped suite must not look like one that passed.
      process.stderr.write('SKIPPED: no MySQL server is to be had here; set MYSQL_URL.\n');
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }
}
