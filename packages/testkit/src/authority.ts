import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Certificates for one test, in one directory, made by the `openssl` of the system. */
export interface Authority {
  readonly dir: string;
  /** PEM file with the certificate everybody has to trust. */
  readonly certificate: string;
  /** PEM files with the chain, the key, and both together. */
  chainOf(name: string): string;
  keyOf(name: string): string;
  storeOf(name: string): string;
  /** PKCS12 file with both, under the password `secret`. */
  pkcs12Of(name: string): string;
}

/** An authority, and certificates it has signed: the common name is the name, the host 127.0.0.1 unless `host` says otherwise. */
export const makeAuthority = async (dir: string, names: readonly string[], host = 'IP:127.0.0.1'): Promise<Authority> => {
  const openssl = async (...args: readonly string[]): Promise<void> => {
    await run('openssl', [...args], { cwd: dir });
  };
  const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...keyOptions, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Test authority');
  for (const name of names) {
    await openssl('req', ...keyOptions, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(join(dir, `${name}.ext`), `subjectAltName=${host}\n`);
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', `${name}.ext`];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`);
    const [key, certificate] = [await readFile(join(dir, `${name}.key`)), await readFile(join(dir, `${name}.crt`))];
    await writeFile(join(dir, `${name}.pem`), Buffer.concat([key, certificate]));
    const store = ['-inkey', `${name}.key`, '-in', `${name}.crt`, '-out', `${name}.p12`, '-passout', 'pass:secret'];
    await openssl('pkcs12', '-export', ...store);
  }
  return {
    dir,
    certificate: join(dir, 'ca.pem'),
    chainOf: (name) => join(dir, `${name}.crt`),
    keyOf: (name) => join(dir, `${name}.key`),
    storeOf: (name) => join(dir, `${name}.pem`),
    pkcs12Of: (name) => join(dir, `${name}.p12`),
  };
};
