import { findProgram, run, tryRun } from '../commands.ts';
import type { RunResult } from '../commands.ts';
import { composeFilePath } from './compose-file.ts';
import { composeName, portVariableName } from './compose-variables.ts';
import { StackError } from '../errors.ts';
import { reporter } from '../report.ts';
import type { Runner, ServiceStatus } from '../runner.ts';
import { serviceTable } from '../service-table.ts';
import type { ServiceDefinition, StackPlace } from '../types.ts';

/** True where a daemon answers and has the compose plugin; a docker command alone is not enough. */
export async function hasContainerEngine(): Promise<boolean> {
  if ((await findProgram('docker')) === undefined) return false;
  const version = await tryRun('docker', ['version', '--format', '{{.Server.Version}}']);
  return version.code === 0 && (await tryRun('docker', ['compose', 'version'])).code === 0;
}

/** Asked before containers are chosen: a machine without access to the images can still use native processes. */
export async function canPull(services: readonly ServiceDefinition[], stack: StackPlace): Promise<boolean> {
  return (await tryCompose(stack, ['pull', '-q', '--policy', 'missing', ...names(services)])).code === 0;
}

export const containerRunner: Runner = {
  // One command for all: parallel ones would race for the network of the project.
  start: async (services, stack) => {
    const startedAt = performance.now();
    await compose(stack, ['up', '-d', '--wait', '--no-deps', ...names(services)]);
    for (const { name, probe, ports } of services) {
      const port = stack.portBase + ports.main;
      if (!(await probe(port)).isReady) {
        throw new StackError(
          'failed',
          `The container of ${name} is healthy but does not answer on port ${String(port)}: see "docker compose logs".`,
        );
      }
      reporter(name)(`ready on port ${String(port)} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
  },
  stop: async (services, stack, signal) => {
    await compose(stack, [...(signal === undefined ? ['stop'] : ['kill', '-s', signal]), ...names(services)]);
    for (const { name } of services) reporter(name)('stopped');
  },
  status: containerStatus,
  remove: async (stack, isPurge) => {
    await compose(stack, ['down', '--remove-orphans', ...(isPurge ? ['--volumes'] : [])]);
  },
};

async function containerStatus(service: ServiceDefinition, stack: StackPlace): Promise<ServiceStatus> {
  const port = stack.portBase + service.ports.main;
  const id = (await compose(stack, ['ps', '-q', '--status', 'running', composeName(service.name)])).trim();
  if (id === '') return { name: service.name, state: 'stopped', port };
  const health = await service.probe(port);
  const pid = Number((await run('docker', ['inspect', '-f', '{{.State.Pid}}', id])).trim());
  const version = health.version ?? service.version ?? service.container.image.split(':').at(-1) ?? '-';
  return { name: service.name, state: health.isReady ? 'running' : 'unhealthy', port, pid, version };
}

function names(services: readonly ServiceDefinition[]): readonly string[] {
  return services.map(({ name }) => composeName(name));
}

async function compose(stack: StackPlace, words: readonly string[]): Promise<string> {
  const { code, output } = await tryCompose(stack, words);
  if (code !== 0) throw new StackError('failed', `"docker compose ${words.join(' ')}" ended with code ${String(code)}:\n${output.trim()}`);
  return output;
}

async function tryCompose(stack: StackPlace, words: readonly string[]): Promise<RunResult> {
  const profiles = ['--profile', 'mysql', '--profile', 'brokers-3'];
  const project = ['compose', '-p', `headrace-${String(stack.portBase)}`, '-f', composeFilePath(stack.root), ...profiles];
  return tryRun('docker', [...project, ...words], { env: composeEnvironment(stack) });
}

function composeEnvironment({ portBase, brokerCount }: StackPlace): Readonly<Record<string, string>> {
  const ports = serviceTable(brokerCount).map(({ name, ports: { main } }) => [portVariableName(name), String(portBase + main)] as const);
  const cluster = { KAFKA_VOTERS: '1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093', KAFKA_REPLICATION: '3', KAFKA_MIN_INSYNC: '2' };
  return { ...Object.fromEntries(ports), ...(brokerCount > 1 ? cluster : {}) };
}
