import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { exists, findProgram, run } from '../commands.ts';
import { StackError } from '../errors.ts';
import { withLock } from '../lock.ts';
import type { Report } from '../types.ts';

export interface MavenLibrary {
  readonly title: string;
  readonly targetDir: string;
  readonly report: Report;
  /** Fills the given empty folder. */
  readonly fill: (dir: string) => Promise<void>;
}

export interface Coordinate {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

const oldestJava = 17;

/** Kafka's brokers and the registry run on the `java` of PATH. */
export async function requireJava(): Promise<void> {
  const howTo = `install Java ${String(oldestJava)} or newer (apt-get install openjdk-17-jre-headless) and put it on PATH.`;
  if ((await findProgram('java')) === undefined) throw new StackError('missingTool', `Java is missing: ${howTo}`);
  const major = Number(/version "(\d+)/.exec(await run('java', ['-version']))?.[1] ?? 0);
  if (major < oldestJava) throw new StackError('missingTool', `Java ${String(major)} is too old: ${howTo}`);
}

/** Makes `targetDir` complete or not at all; only one Maven runs at a time because they share a local repository. */
export async function installLibrary({ title, targetDir, report, fill }: MavenLibrary): Promise<string> {
  if (await exists(targetDir)) return targetDir;
  if ((await findProgram('mvn')) === undefined)
    throw new StackError('missingTool', 'Maven is missing: install it (apt-get install maven).');
  return withLock(join(dirname(targetDir), 'maven.lock'), async () => {
    if (await exists(targetDir)) return targetDir;
    report(`Fetching ${title} with Maven...`);
    const workDir = `${targetDir}.partial`;
    await rm(workDir, { recursive: true, force: true });
    await mkdir(workDir, { recursive: true });
    await fill(workDir);
    await rename(workDir, targetDir);
    return targetDir;
  });
}

/** Copies the runtime closure of the coordinates into `dir`. */
export async function copyDependencies(dir: string, coordinates: readonly Coordinate[]): Promise<void> {
  const dependencies = coordinates.map(
    ({ groupId, artifactId, version }) =>
      `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`,
  );
  const pom = join(dir, 'pom.xml');
  await writeFile(
    pom,
    [
      '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
      '<groupId>io.headrace.stack</groupId><artifactId>libraries</artifactId><version>1</version><packaging>pom</packaging>',
      `<dependencies>${dependencies.join('\n')}</dependencies></project>`,
    ].join('\n'),
  );
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${dir}`]);
}

export async function copyArtifact(dir: string, artifact: string): Promise<void> {
  await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`], { cwd: dir });
}
