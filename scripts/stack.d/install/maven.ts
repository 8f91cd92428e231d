import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exists, findProgram, run } from '../commands.ts';
import { StackError } from '../errors.ts';
import { installFolder, type InstalledFolder } from './folder.ts';

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

/** A folder of jars; only one Maven runs at a time because they share a local repository. */
export async function installLibrary(library: InstalledFolder): Promise<string> {
  if (await exists(library.targetDir)) return library.targetDir;
  if ((await findProgram('mvn')) === undefined)
    throw new StackError('missingTool', 'Maven is missing: install it (apt-get install maven).');
  return installFolder(library);
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
