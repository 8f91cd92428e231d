import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { freePort, OwnProcess } from './own-process.ts';

/** Where `./scripts/stack` has put Kafka. */
const kafkaHome = join(process.env['HEADRACE_CACHE'] ?? join(homedir(), '.cache/headrace'), 'kafka-4.1.0');

/** What a broker that is alone in its cluster needs, wherever it listens. */
export const aloneSettings = (dir: string, controllerPort: number): Readonly<Record<string, string>> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${String(controllerPort)}`,
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': join(dir, 'data'),
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '2',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '16777216',
});

/** Starts a broker on a new folder; `format`: further words for formatting it. Does not wait until it answers. */
export const startBroker = async (
  dir: string,
  settings: Readonly<Record<string, string>>,
  format: readonly string[] = [],
): Promise<OwnProcess> => {
  if (!existsSync(kafkaHome)) throw new Error(`There is no Kafka in ${kafkaHome}: run ./scripts/stack up first.`);
  const properties = join(dir, 'server.properties');
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`);
  await writeFile(properties, lines.join(''));
  const classPath = ['-cp', `${kafkaHome}/*`];
  const words = ['kafka.tools.StorageTool', 'format', '-t', 'aGVhZHJhY2Utc2VjdXJlLQ', '-c', properties, ...format];
  await promisify(execFile)('java', ['-XX:TieredStopAtLevel=1', ...classPath, ...words]);
  return new OwnProcess('java', ['-Xmx384m', '-XX:+UseSerialGC', ...classPath, 'kafka.Kafka', properties]);
};

/** A broker of one test alone, with settings of its own. */
export class OwnBroker implements AsyncDisposable {
  readonly address: string;
  readonly #dir: string;
  readonly #process: OwnProcess;

  private constructor(address: string, dir: string, process: OwnProcess) {
    this.address = address;
    this.#dir = dir;
    this.#process = process;
  }

  static async start(settings: Readonly<Record<string, string>>): Promise<OwnBroker> {
    const dir = await mkdtemp(join(tmpdir(), 'own-broker-'));
    const [port, controllerPort] = [await freePort(), await freePort()];
    const address = `127.0.0.1:${String(port)}`;
    const process = await startBroker(dir, {
      ...aloneSettings(dir, controllerPort),
      'inter.broker.listener.name': 'PLAINTEXT',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      listeners: `PLAINTEXT://${address},CONTROLLER://127.0.0.1:${String(controllerPort)}`,
      'advertised.listeners': `PLAINTEXT://${address}`,
      ...settings,
    });
    const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
    await process.untilUp(async () => {
      await admin.connect();
      await admin.describeCluster();
    });
    await admin.disconnect();
    return new OwnBroker(address, dir, process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
