import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram, run, tryRun } from '../../scripts/stack.d/commands.ts';
import { installFolder } from '../../scripts/stack.d/install/folder.ts';
import { copyDependencies, installLibrary, type Coordinate } from '../../scripts/stack.d/install/maven.ts';

/** A program with somebody else's client in it. */
export interface ClientProgram {
  readonly command: string;
  /** In front of the program's own arguments. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Why a program cannot be had on this machine. */
export interface NotToBeHad {
  readonly missing: string;
}

const programs = join(import.meta.dirname, 'programs');
const cacheDir = process.env['HEADRACE_CACHE'] ?? join(homedir(), '.cache/headrace');
const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A source file that `java` itself compiles, and the jars of its client. */
export const javaProgram = async (source: string, client: Coordinate): Promise<ClientProgram | NotToBeHad> => {
  const java = await findProgram('java');
  // Source files are compiled by a module that a JRE does not have.
  const modules = java === undefined ? '' : (await tryRun(java, ['--list-modules'])).output;
  if (java === undefined || !modules.includes('jdk.compiler')) return { missing: 'a JDK' };
  if ((await findProgram('mvn')) === undefined) return { missing: 'Maven' };
  const { artifactId, version } = client;
  const jars = await installLibrary({
    title: `${artifactId} ${version}`,
    targetDir: join(cacheDir, `client-${artifactId}-${version}`),
    report,
    fill: (dir) => copyDependencies(dir, [client]),
  });
  return { command: java, args: ['-cp', join(jars, '*'), join(programs, source)] };
};

export const pythonProgram = async (source: string, requirement: string): Promise<ClientProgram | NotToBeHad> => {
  const python = await findProgram('python3');
  if (python === undefined || (await tryRun(python, ['-m', 'pip', '--version'])).code !== 0) return { missing: 'Python 3 with pip' };
  const packages = await installFolder({
    title: requirement,
    targetDir: join(cacheDir, `client-${requirement}`),
    report,
    fill: async (dir) => {
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', dir, requirement]);
    },
  });
  return { command: python, args: [join(programs, source)], environment: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' } };
};
