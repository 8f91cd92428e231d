import { spawn } from 'node:child_process';
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { identity } from '../commands.ts';
import { StackError } from '../errors.ts';
import { isPortOpen } from '../services/probes.ts';
import { isRunning, residentBytes, stopTree } from './processes.ts';
import { reporter } from '../report.ts';
import { forEachService } from '../runner.ts';
import type { Runner, ServiceStatus } from '../runner.ts';
import { makeServiceDir, removeServiceDir, servicePlace } from './service-dir.ts';
import { serviceTable } from '../service-table.ts';
import type { Command, Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

export const nativeRunner: Runner = {
  start: async (services, stack) => forEachService(services, async (service) => startService(service, stack, reporter(service.name))),
  stop: async (services, stack, signal) => forEachService(services, async (service) => stopService(service, stack, signal)),
  status: serviceStatus,
  remove: removeAll,
};

/** Not only what the state names: also what an interrupted `up` with other brokers may have left. */
async function removeAll(place: StackPlace, isPurge: boolean): Promise<void> {
  for (const brokerCount of [1, 3]) {
    const stack = { ...place, brokerCount };
    const services = serviceTable(brokerCount);
    await forEachService(services, async (service) => stopService(service, stack));
    if (isPurge) await forEachService(services, async (service) => removeServiceDir(service, stack));
  }
  if (isPurge) await removeLogs(place);
}

async function removeLogs({ dir }: StackPlace): Promise<void> {
  const logs = (await readdir(dir)).filter((name) => name.endsWith('.log'));
  for (const name of logs) await rm(join(dir, name), { force: true });
}

function pidFile({ dir }: StackPlace, { name }: ServiceDefinition): string {
  return join(dir, `${name}.pid`);
}

function logFile({ dir }: StackPlace, { name }: ServiceDefinition): string {
  return join(dir, `${name}.log`);
}

/** The recorded process, if it still is our server. */
async function runningPid(service: ServiceDefinition, stack: StackPlace): Promise<number | undefined> {
  const text = await readFile(pidFile(stack, service), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!(pid > 0)) return undefined;
  const marker = service.native.marker(await servicePlace(service, stack));
  return (await isRunning(pid, marker)) ? pid : undefined;
}

async function startService(service: ServiceDefinition, stack: StackPlace, report: Report): Promise<void> {
  const startedAt = performance.now();
  const port = stack.portBase + service.ports.main;
  const pid = await runningPid(service, stack);
  if (pid !== undefined) {
    if ((await service.probe(port)).isReady) {
      report('already running');
      return;
    }
    report(`process ${String(pid)} runs but does not answer yet, waiting...`);
    await waitUntilReady(service, stack, pid);
  } else {
    await launch(service, stack, report);
  }
  report(`ready on port ${String(port)} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function launch(service: ServiceDefinition, stack: StackPlace, report: Report): Promise<void> {
  await requireFreePorts(service, stack);
  const home = await service.native.install(stack, report);
  const place = await makeServiceDir(service, stack);
  report('starting...');
  await service.native.prepare(place, home);
  const pid = await spawnDetached(service.native.command(place, home), place, logFile(stack, service));
  await writeFile(pidFile(stack, service), `${String(pid)}\n`);
  await waitUntilReady(service, stack, pid);
}

async function requireFreePorts(service: ServiceDefinition, { portBase }: StackPlace): Promise<void> {
  for (const offset of Object.values(service.ports)) {
    if (await isPortOpen(portBase + offset)) {
      throw new StackError('failed', `Port ${String(portBase + offset)} is taken by another program: stop it or choose another PORT_BASE.`);
    }
  }
}

async function spawnDetached(command: Command, place: ServicePlace, log: string): Promise<number> {
  const output = await open(log, 'a');
  try {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const child = spawn(command.file, command.args, {
      cwd: place.serviceDir,
      env: { ...process.env, ...command.env },
      // A session of its own: the server outlives us and our terminal.
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      ...identity(command.isUnprivileged),
    });
    child.once('spawn', () => {
      resolve(undefined);
    });
    child.once('error', reject);
    await promise;
    child.unref();
    return child.pid ?? 0;
  } finally {
    await output.close();
  }
}

async function waitUntilReady(service: ServiceDefinition, stack: StackPlace, pid: number): Promise<void> {
  const { startTimeoutMs, marker } = service.native;
  const expected = marker(await servicePlace(service, stack));
  const port = stack.portBase + service.ports.main;
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    if ((await service.probe(port)).isReady) return;
    if (!(await isRunning(pid, expected))) throw new StackError('failed', await logTail(service, stack, 'ended while starting'));
    await sleep(100);
  }
  throw new StackError(
    'failed',
    await logTail(service, stack, `did not answer on port ${String(port)} within ${String(startTimeoutMs / 1000)} s`),
  );
}

async function logTail(service: ServiceDefinition, stack: StackPlace, what: string): Promise<string> {
  const file = logFile(stack, service);
  const text = await readFile(file, 'utf8').catch(() => '');
  return `${service.name} ${what}; the end of ${file} is:\n${text.trim().split('\n').slice(-15).join('\n')}`;
}

/** Returns when the process and its children are gone. */
async function stopService(service: ServiceDefinition, stack: StackPlace, signal?: NodeJS.Signals): Promise<void> {
  const pid = await runningPid(service, stack);
  if (pid !== undefined) {
    const isOrderly = await stopTree(pid, signal ?? service.native.stopSignal, service.native.graceMs);
    reporter(service.name)(isOrderly ? 'stopped' : 'killed, it did not stop in time');
  }
  await rm(pidFile(stack, service), { force: true });
}

async function serviceStatus(service: ServiceDefinition, stack: StackPlace): Promise<ServiceStatus> {
  const port = stack.portBase + service.ports.main;
  const pid = await runningPid(service, stack);
  if (pid === undefined) return { name: service.name, state: 'stopped', port };
  const health = await service.probe(port);
  const version = health.version ?? service.version ?? (await service.native.readVersion?.());
  return {
    name: service.name,
    state: health.isReady ? 'running' : 'unhealthy',
    port,
    pid,
    rssBytes: await residentBytes(pid),
    ...(version === undefined ? {} : { version }),
  };
}
