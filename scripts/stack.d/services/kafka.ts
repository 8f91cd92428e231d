import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exists, run } from '../commands.ts';
import { portVariable } from '../containers/compose-variables.ts';
import { copyDependencies, installLibrary, requireJava } from '../install/maven.ts';
import { probeKafka } from './probes.ts';
import type { Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

const version = '4.1.0';
// Any 16 bytes in base64url: brokers of one cluster must agree on it.
const clusterId = 'aGVhZHJhY2Utc3RhY2stMQ';
const firstPort = 92;
const firstControllerPort = 95;

interface Replication {
  readonly factor: number;
  readonly minInsync: number;
}

function replicationFor(brokerCount: number): Replication {
  return brokerCount >= 3 ? { factor: 3, minInsync: 2 } : { factor: 1, minInsync: 1 };
}

/** Cluster-wide settings, the same natively and in containers. */
function clusterSettings({ factor, minInsync }: { factor: number | string; minInsync: number | string }): Readonly<Record<string, string>> {
  return {
    'offsets.topic.replication.factor': String(factor),
    'transaction.state.log.replication.factor': String(factor),
    'transaction.state.log.min.isr': String(minInsync),
    'share.coordinator.state.topic.replication.factor': String(factor),
    'share.coordinator.state.topic.min.isr': String(minInsync),
    'default.replication.factor': String(factor),
    'min.insync.replicas': String(minInsync),
    // Fewer than the default 50: the first commit and the first transaction wait until all are there.
    'offsets.topic.num.partitions': '10',
    'transaction.state.log.num.partitions': '10',
    'share.coordinator.state.topic.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    // A killed broker may come back, and others may lead its partitions, only when its session is over: 9 s by default.
    'broker.session.timeout.ms': '5000',
    'broker.heartbeat.interval.ms': '1000',
    // The default of 128 MB is a quarter of our heap.
    'log.cleaner.dedupe.buffer.size': '16777216',
  };
}

export function kafkaBrokers(brokerCount: number): readonly ServiceDefinition[] {
  return Array.from({ length: brokerCount }, (_, index) => kafkaBroker(index + 1, brokerCount));
}

function kafkaBroker(node: number, brokerCount: number): ServiceDefinition {
  const name = brokerCount === 1 ? 'kafka' : `kafka-${String(node)}`;
  return {
    name,
    group: 'kafka',
    isExtra: false,
    ports: { main: firstPort + node - 1, controller: firstControllerPort + node - 1 },
    probe: probeKafka,
    version,
    native: {
      install: installKafka,
      prepare: async (place, home) => {
        await prepareBroker(place, home, node);
      },
      command: ({ serviceDir }, home) => ({
        file: 'java',
        args: [
          '-Xms256m',
          '-Xmx512m',
          '-XX:+UseG1GC',
          '-XX:MaxGCPauseMillis=20',
          '-Djava.awt.headless=true',
          '-Dorg.slf4j.simpleLogger.showDateTime=true',
          '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
          '-cp',
          `${home}/*`,
          'kafka.Kafka',
          `${serviceDir}/server.properties`,
        ],
      }),
      marker: ({ serviceDir }) => `kafka.Kafka ${serviceDir}/server.properties`,
      isUnprivileged: false,
      stopSignal: 'SIGTERM',
      // The last broker of three has no quorum left to ask for an orderly shutdown and would wait for minutes.
      graceMs: brokerCount === 1 ? 15_000 : 8000,
      startTimeoutMs: 90_000,
    },
    container: kafkaContainer(node),
  };
}

async function installKafka({ cacheDir }: StackPlace, report: Report): Promise<string> {
  await requireJava();
  return installLibrary({
    title: `Apache Kafka ${version}`,
    targetDir: join(cacheDir, `kafka-${version}`),
    report,
    fill: async (dir) => {
      await copyDependencies(dir, [
        { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version },
        { groupId: 'org.apache.kafka', artifactId: 'kafka-tools', version },
        { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
      ]);
    },
  });
}

async function prepareBroker(place: ServicePlace, home: string, node: number): Promise<void> {
  // A quorum of one cannot become a quorum of three: each size has its own data.
  const dataDir = join(place.serviceDir, `data-of-${String(place.brokerCount)}`);
  const propertiesFile = join(place.serviceDir, 'server.properties');
  await mkdir(place.serviceDir, { recursive: true });
  const properties = { ...nodeSettings(place, node, dataDir), ...clusterSettings(replicationFor(place.brokerCount)) };
  await writeFile(
    propertiesFile,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  if (await exists(join(dataDir, 'meta.properties'))) return;
  await run('java', [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-cp',
    `${home}/*`,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    propertiesFile,
    '--ignore-formatted',
  ]);
}

function nodeSettings({ port, portBase, brokerCount }: ServicePlace, node: number, dataDir: string): Readonly<Record<string, string>> {
  const client = `PLAINTEXT://127.0.0.1:${String(port('main'))}`;
  const voters = Array.from(
    { length: brokerCount },
    (_, index) => `${String(index + 1)}@127.0.0.1:${String(portBase + firstControllerPort + index)}`,
  );
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `${client},CONTROLLER://127.0.0.1:${String(port('controller'))}`,
    'advertised.listeners': client,
    'log.dirs': dataDir,
  };
}

function kafkaContainer(node: number): ServiceDefinition['container'] {
  const id = String(node);
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': '${KAFKA_VOTERS:-1@kafka-1:9093}',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: 'INTERNAL://:9094,PLAINTEXT://:9092,CONTROLLER://:9093',
    'advertised.listeners': `INTERNAL://kafka-${id}:9094,PLAINTEXT://127.0.0.1:${portVariable(`kafka-${id}`, firstPort + node - 1)}`,
    'log.dirs': '/var/lib/kafka/data/of-${KAFKA_REPLICATION:-1}',
    ...clusterSettings({ factor: '${KAFKA_REPLICATION:-1}', minInsync: '${KAFKA_MIN_INSYNC:-1}' }),
  };
  // The image turns KAFKA_NODE_ID into node.id and so on.
  const environment = Object.entries(settings).map(([key, value]) => [`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`, value] as const);
  return {
    image: `apache/kafka:${version}`,
    ports: { main: 9092 },
    environment: { CLUSTER_ID: clusterId, KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m', ...Object.fromEntries(environment) },
    healthcheck: ['/opt/kafka/bin/kafka-broker-api-versions.sh', '--bootstrap-server', '127.0.0.1:9092'],
    dataDir: '/var/lib/kafka/data',
    ...(node === 1 ? {} : { profile: 'brokers-3' }),
  };
}
