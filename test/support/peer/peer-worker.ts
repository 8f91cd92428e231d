import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, isRunning, stopTree } from '../../../scripts/stack.d/native/processes.ts';
import { propertiesText } from '../properties.ts';
import { root } from '../scripts.ts';
import { installPeer, type PeerHome } from './install.ts';
import { jvmArguments, workerProperties, type PeerPlace } from './worker-settings.ts';

const startTimeoutMs = 180_000;
const graceMs = 20_000;
const mainClass = 'org.apache.kafka.connect.cli.ConnectDistributed';
const restOffset = 84;

export interface PeerOptions extends Omit<PeerPlace, 'pluginPath' | 'restPort'> {
  readonly report: (line: string) => void;
  /** Ends the start. */
  readonly signal: AbortSignal;
}

/** A running worker of Kafka Connect with Debezium, ended by its disposal. */
export interface PeerWorker extends AsyncDisposable {
  readonly pid: number;
  readonly rest: string;
}

/** A worker of Kafka Connect with Debezium as a process of this machine, under `.stack/$PORT_BASE/peer`. */
export const startPeerWorker = async (options: PeerOptions): Promise<PeerWorker> => {
  const home = await installPeer(options.report);
  const portBase = Number(process.env['PORT_BASE']);
  const dir = join(root, '.stack', String(portBase), 'peer');
  const propertiesFile = join(dir, 'worker.properties');
  const restPort = portBase + restOffset;
  await mkdir(dir, { recursive: true });
  await stopLeftOver(dir, propertiesFile);
  await writeFile(propertiesFile, propertiesText(workerProperties({ ...options, pluginPath: home.pluginPath, restPort })));
  await using started = new AsyncDisposableStack();
  const pid = await launch(dir, propertiesFile, home);
  started.defer(async () => {
    await stopTree(pid, 'SIGTERM', graceMs);
    await rm(pidFile(dir), { force: true });
  });
  const rest = `http://127.0.0.1:${String(restPort)}`;
  await untilHealthy({ rest, pid, dir, signal: options.signal });
  const owned = started.move();
  return { pid, rest, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
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
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    if (!(await isAlive(pid))) throw new Error(`The peer ended at its start: read ${logFile(dir)}.`);
    const response = await fetch(`${rest}/connectors`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (response?.status === 200) return;
    if (performance.now() > deadline) throw new Error(`The peer does not answer on ${rest}: read ${logFile(dir)}.`);
    await sleep(100, undefined, { signal });
  }
};
