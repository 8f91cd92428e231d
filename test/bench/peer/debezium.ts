import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, isRunning, stopTree } from '../../../scripts/stack.d/native/processes.ts';
import { root } from '../../support/scripts.ts';
import { ConnectWorker } from '../systems/connect-worker.ts';
import type { StartSystem } from '../systems/system.ts';
import { waitFor } from '../wait.ts';
import { installPeer, type PeerHome } from './install.ts';
import { internalTopics, jvmArguments, peerTuning, workerProperties } from './settings.ts';

const startTimeoutMs = 180_000;
const graceMs = 20_000;
const mainClass = 'org.apache.kafka.connect.cli.ConnectDistributed';
const restOffset = 84;

/** A worker of Kafka Connect with Debezium as a process of this machine, under `.stack/$PORT_BASE/peer`. */
export const startDebezium: StartSystem = async (bench, guarantee) => {
  const home = await installPeer(bench.say);
  const portBase = Number(process.env['PORT_BASE']);
  const dir = join(root, '.stack', String(portBase), 'peer');
  const propertiesFile = join(dir, 'worker.properties');
  const prefix = `bench-peer-${String(portBase)}`;
  const restPort = portBase + restOffset;
  await using started = new AsyncDisposableStack();
  await mkdir(dir, { recursive: true });
  await stopLeftOver(dir, propertiesFile);
  // What an interrupted run left in them would be started again.
  await bench.topics.drop(internalTopics(prefix));
  const properties = workerProperties({
    brokers: bench.servers.kafkaBrokers,
    registryUrl: new URL('/apis/registry/v2', bench.servers.registryUrl).href,
    pluginPath: home.pluginPath,
    restPort,
    prefix,
    isExactlyOnce: guarantee === 'exactly-once',
  });
  await writeFile(
    propertiesFile,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const pid = await launch(dir, propertiesFile, home);
  started.defer(async () => {
    await stopTree(pid, 'SIGTERM', graceMs);
    await rm(pidFile(dir), { force: true });
    await bench.topics.drop(internalTopics(prefix));
    await bench.topics.dropGroup(prefix);
  });
  const rest = `http://127.0.0.1:${String(restPort)}`;
  await untilHealthy({ rest, pid, dir, signal: bench.signal });
  const worker = new ConnectWorker({ system: 'debezium', pid, rest, guarantee, tuning: peerTuning }, bench.signal);
  const owned = started.move();
  return { worker, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
};

const pidFile = (dir: string): string => join(dir, 'peer.pid');
const logFile = (dir: string): string => join(dir, 'peer.log');

const stopLeftOver = async (dir: string, marker: string): Promise<void> => {
  const pid = Number(await readFile(pidFile(dir), 'utf8').catch(() => '0'));
  if (pid > 0 && (await isRunning(pid, marker))) await stopTree(pid, 'SIGTERM', graceMs);
};

const launch = async (dir: string, propertiesFile: string, home: PeerHome): Promise<number> => {
  const log = await open(logFile(dir), 'w');
  try {
    const child = spawn(home.java, [...jvmArguments, '-cp', home.classPath, mainClass, propertiesFile], {
      cwd: dir,
      // Not in our process group: ctrl-C is ours to handle, in order.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    if (child.pid === undefined) throw new Error('java could not be started.');
    await writeFile(pidFile(dir), String(child.pid));
    return child.pid;
  } finally {
    await log.close();
  }
};

interface Starting {
  readonly rest: string;
  readonly pid: number;
  readonly dir: string;
  readonly signal: AbortSignal;
}

const untilHealthy = async ({ rest, pid, dir, signal }: Starting): Promise<void> => {
  const isHealthy = async (): Promise<true | undefined> => {
    if (!(await isAlive(pid))) throw new Error(`The peer ended at its start: read ${logFile(dir)}.`);
    const response = await fetch(`${rest}/connectors`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return response?.status === 200 ? true : undefined;
  };
  await waitFor(`the peer answers on ${rest}`, isHealthy, { withinMs: startTimeoutMs, signal });
};
