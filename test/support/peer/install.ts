import { globSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../../scripts/stack.d/commands.ts';
import { copyDependencies, installLibrary, requireJava, type Coordinate } from '../../../scripts/stack.d/install/maven.ts';

const kafkaVersion = '4.3.1';

interface Plugin {
  readonly folder: string;
  readonly coordinate: Coordinate;
  /** Jars that the worker brings itself, or that break when a plugin has its own copy. */
  readonly excluded: readonly string[];
}

const ofTheWorker = ['kafka-clients-*.jar', 'connect-*.jar'];

const plugins: readonly Plugin[] = [
  {
    folder: 'debezium-postgres',
    coordinate: { groupId: 'io.debezium', artifactId: 'debezium-connector-postgres', version: '3.6.1.Final' },
    excluded: ofTheWorker,
  },
  {
    folder: 'debezium-mariadb',
    coordinate: { groupId: 'io.debezium', artifactId: 'debezium-connector-mariadb', version: '3.5.0.Final' },
    excluded: ofTheWorker,
  },
  {
    folder: 'debezium-mysql',
    coordinate: { groupId: 'io.debezium', artifactId: 'debezium-connector-mysql', version: '3.5.0.Final' },
    excluded: ofTheWorker,
  },
  {
    folder: 'debezium-jdbc',
    coordinate: { groupId: 'io.debezium', artifactId: 'debezium-connector-jdbc', version: '3.5.0.Final' },
    // Jackson's modules are found across class loaders and then are "not a subtype" of the worker's interface.
    excluded: [...ofTheWorker, 'jackson-*.jar'],
  },
  {
    folder: 'apicurio-avro-converter',
    coordinate: { groupId: 'io.apicurio', artifactId: 'apicurio-registry-utils-converter', version: '2.6.13.Final' },
    excluded: ofTheWorker,
  },
];

/** What a peer's worker is started from. */
export interface PeerHome {
  /** The program that runs it. */
  readonly java: string;
  readonly classPath: string;
  readonly pluginPath: string;
  readonly version: string;
}

/** Kafka Connect and Debezium from Maven coordinates, once per machine, beside what the stack keeps there. */
export const installPeer = async (report: (line: string) => void): Promise<PeerHome> => {
  await requireJava();
  const cacheDir = process.env['HEADRACE_CACHE'] ?? join(homedir(), '.cache/headrace');
  const home = await installLibrary({
    title: `Kafka Connect ${kafkaVersion} with Debezium`,
    targetDir: join(cacheDir, `peer-connect-${kafkaVersion}-debezium-3.6.1-mysql`),
    report,
    fill: async (dir) => {
      await fillWorker(join(dir, 'worker'));
      for (const plugin of plugins) await fillPlugin(join(dir, 'plugins', plugin.folder), plugin);
    },
  });
  return {
    java: (await findProgram('java')) ?? 'java',
    classPath: join(home, 'worker/*'),
    pluginPath: join(home, 'plugins'),
    version: `${kafkaVersion}/3.6.1.Final`,
  };
};

const fillWorker = async (dir: string): Promise<void> => {
  await mkdir(dir, { recursive: true });
  await copyDependencies(dir, [
    { groupId: 'org.apache.kafka', artifactId: 'connect-runtime', version: kafkaVersion },
    { groupId: 'org.apache.kafka', artifactId: 'connect-json', version: kafkaVersion },
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
  ]);
};

const fillPlugin = async (dir: string, { coordinate, excluded }: Plugin): Promise<void> => {
  await mkdir(dir, { recursive: true });
  await copyDependencies(dir, [coordinate]);
  for (const pattern of [...excluded, 'pom.xml']) {
    for (const name of globSync(pattern, { cwd: dir })) await rm(join(dir, name));
  }
};
