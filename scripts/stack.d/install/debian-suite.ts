import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exists, findProgram, run, tryRun } from '../commands.ts';

/*
 * Packages of another Debian suite, taken from the mirror this machine already uses and unpacked into a folder of their
 * own: apt works on a private state, so the machine's packages, lists and sources stay as they are. Needs no root.
 */

export interface SuiteDownload {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly workDir: string;
  /** With dependencies the result is a closed set that can run in a chroot. */
  readonly hasDependencies: boolean;
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

async function debianMirror(): Promise<string | undefined> {
  const dir = '/etc/apt/sources.list.d';
  const names = await readdir(dir).catch((): string[] => []);
  const files = [...names.map((name) => join(dir, name)), '/etc/apt/sources.list'];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const match = /^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(\S*\/debian)\/?(?:\s|$)/m.exec(text);
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}

export async function canDownload(): Promise<boolean> {
  return (await exists(keyring)) && (await findProgram('apt-get')) !== undefined && (await debianMirror()) !== undefined;
}

/** Downloads the packages; undefined when the suite does not have them (any more). */
export async function downloadPackages(download: SuiteDownload): Promise<readonly string[] | undefined> {
  const { suite, packages, workDir, hasDependencies } = download;
  const config = await writeAptState(workDir, suite);
  const env = { APT_CONFIG: config, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-qq', 'update'], { env });
  const debs = join(workDir, 'debs');
  await mkdir(join(debs, 'partial'), { recursive: true });
  const result = hasDependencies
    ? await tryRun('apt-get', ['-qq', '-y', '--download-only', 'install', ...packages], { env })
    : await tryRun('apt-get', ['-qq', 'download', ...packages], { env, cwd: debs });
  if (result.code !== 0) return undefined;
  const names = await readdir(debs);
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(debs, name));
}

async function writeAptState(workDir: string, suite: string): Promise<string> {
  await rm(workDir, { recursive: true, force: true });
  for (const dir of ['lists/partial', 'debs/partial', 'parts', 'preferences']) await mkdir(join(workDir, dir), { recursive: true });
  await writeFile(join(workDir, 'status'), '');
  const mirror = (await debianMirror()) ?? '';
  await writeFile(
    join(workDir, 'parts/suite.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  const config = join(workDir, 'apt.conf');
  await writeFile(
    config,
    [
      `Dir::State "${workDir}";`,
      `Dir::State::lists "${workDir}/lists";`,
      `Dir::State::status "${workDir}/status";`,
      `Dir::Cache "${workDir}";`,
      `Dir::Cache::archives "${workDir}/debs";`,
      'Dir::Etc::sourcelist "/dev/null";',
      `Dir::Etc::sourceparts "${workDir}/parts";`,
      `Dir::Etc::preferencesparts "${workDir}/preferences";`,
      'Acquire::Languages "none";',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
      'APT::Install-Recommends "false";',
      // The sandbox user could not write below a home directory.
      'APT::Sandbox::User "root";',
      'Debug::NoLocking "true";',
      '',
    ].join('\n'),
  );
  return config;
}

/** Unpacks packages over `rootDir`, in which /bin, /lib and so on are links into /usr as on a merged system. */
export async function unpackPackages(debs: readonly string[], rootDir: string): Promise<void> {
  for (const deb of debs) {
    await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink', 'sh', deb, rootDir]);
  }
}
