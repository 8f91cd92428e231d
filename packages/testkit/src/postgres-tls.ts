import { chmod, chown, copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@headrace/foundation';
import type { Authority } from './authority.ts';

/** A superuser's client, whatever library it is of. */
export interface PostgresAdmin {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * Gives a running PostgreSQL of a test the certificate `server` of the authority, which it trusts clients' certificates of as well.
 * `access`: lines of pg_hba.conf in the place of its own. On the machine of the test only.
 */
export const giveCertificate = async (admin: PostgresAdmin, authority: Authority, access: string): Promise<void> => {
  const [{ data_directory: dir }] = (await admin.query('SHOW data_directory')).rows as [{ readonly data_directory: string }];
  const { uid, gid } = await stat(dir);
  const files = { 'server.crt': authority.chainOf('server'), 'server.key': authority.keyOf('server'), 'root.crt': authority.certificate };
  for (const [name, source] of Object.entries(files)) {
    await copyFile(source, join(dir, name));
    await chown(join(dir, name), uid, gid);
    await chmod(join(dir, name), 0o600);
  }
  await writeFile(join(dir, 'pg_hba.conf'), access);
  await admin.query("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
};

/** Resolves when the server has read its settings. */
export const switchTls = async (admin: PostgresAdmin, state: 'on' | 'off'): Promise<void> => {
  await admin.query(`ALTER SYSTEM SET ssl = '${state}'`);
  await admin.query('SELECT pg_reload_conf()');
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const [{ ssl }] = (await admin.query('SHOW ssl')).rows as [{ readonly ssl: string }];
    if (ssl === state) return;
    await systemClock.sleep(20, new AbortController().signal);
  }
  throw new Error(`The server does not switch TLS ${state}.`);
};
