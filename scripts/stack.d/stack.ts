import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { UpRequest } from './arguments.ts';
import { canPull, containerRunner, hasContainerEngine } from './containers/container-runner.ts';
import { environmentOf } from './environment.ts';
import { StackError } from './errors.ts';
import { withLock } from './lock.ts';
import { nativeRunner } from './native/native-runner.ts';
import { reporter, statusTable } from './report.ts';
import type { Runner } from './runner.ts';
import { serviceTable } from './service-table.ts';
import { forgetState, readState, writeState } from './stack-state.ts';
import type { Runtime, StackState } from './stack-state.ts';
import type { ServiceDefinition, StackPlace } from './types.ts';

/** Where a stack lives, before it is known how many brokers it has. */
export type Settings = Omit<StackPlace, 'brokerCount'>;

const runners: Readonly<Record<Runtime, Runner>> = { native: nativeRunner, containers: containerRunner };

async function exclusively<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  await mkdir(settings.dir, { recursive: true });
  return withLock(join(settings.dir, 'lock'), work);
}

function chooseServices(request: UpRequest, table: readonly ServiceDefinition[], current: readonly string[]): readonly ServiceDefinition[] {
  const known = new Set(table.flatMap(({ name, group }) => [group, name]));
  const wanted = new Set([...(request.only ?? []), ...request.extras]);
  for (const name of wanted) {
    if (!known.has(name)) throw new StackError('usage', `There is no service "${name}": choose from ${[...known].join(', ')}.`);
  }
  return table.filter(
    ({ name, group, isExtra }) =>
      wanted.has(name) || wanted.has(group) || current.includes(name) || (request.only === undefined && !isExtra),
  );
}

async function chooseRuntime(stack: StackPlace, services: readonly ServiceDefinition[]): Promise<Runtime> {
  const wanted = process.env['STACK_RUNTIME'] ?? '';
  if (wanted === 'native' || wanted === 'containers') return wanted;
  if (wanted !== '') throw new StackError('usage', `STACK_RUNTIME is "${wanted}": use native or containers.`);
  if (!(await hasContainerEngine())) return 'native';
  if (await canPull(services, stack)) return 'containers';
  reporter('stack')('A container engine runs, but the images cannot be pulled: using native processes.');
  return 'native';
}

export async function stackUp(settings: Settings, request: UpRequest): Promise<string> {
  return exclusively(settings, async () => {
    const startedAt = performance.now();
    const state = await readState(settings);
    const brokerCount = request.brokerCount ?? state?.brokerCount ?? 1;
    if (state !== undefined && state.brokerCount !== brokerCount) {
      const how = `run "./scripts/stack down" before "up --brokers ${String(brokerCount)}"`;
      throw new StackError('usage', `This stack runs with --brokers ${String(state.brokerCount)}: ${how}.`);
    }
    const stack = { ...settings, brokerCount };
    const services = chooseServices(request, serviceTable(brokerCount), state?.services ?? []);
    const runtime = state?.runtime ?? (await chooseRuntime(stack, services));
    await startRecorded(stack, runtime, services);
    return `Stack on PORT_BASE ${String(settings.portBase)} is up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`;
  });
}

async function startRecorded(stack: StackPlace, runtime: Runtime, services: readonly ServiceDefinition[]): Promise<void> {
  const record = async (recorded: readonly ServiceDefinition[]): Promise<void> => {
    await writeState(stack, { runtime, brokerCount: stack.brokerCount, services: recorded.map(({ name }) => name) });
  };
  await record(services);
  try {
    await runners[runtime].start(services, stack);
  } catch (failure) {
    // `env` must not name a server that cannot be had here, and the next `up` must not ask for it again.
    if (failure instanceof StackError) await record(services.filter(({ name }) => !failure.unavailable.includes(name)));
    throw failure;
  }
}

export async function stackDown(settings: Settings, isPurge: boolean): Promise<string> {
  return exclusively(settings, async () => {
    const state = await readState(settings);
    await runners[state?.runtime ?? 'native'].remove({ ...settings, brokerCount: state?.brokerCount ?? 1 }, isPurge);
    await forgetState(settings);
    return `Stack on PORT_BASE ${String(settings.portBase)} is down${isPurge ? ', its data removed' : ''}.`;
  });
}

async function requireState(settings: Settings): Promise<StackState> {
  const state = await readState(settings);
  if (state === undefined)
    throw new StackError('failed', `No stack on PORT_BASE ${String(settings.portBase)}: run "./scripts/stack up" first.`);
  return state;
}

function servicesOf({ brokerCount, services }: StackState): readonly ServiceDefinition[] {
  return serviceTable(brokerCount).filter(({ name }) => services.includes(name));
}

export async function stackEnv(settings: Settings, isJson: boolean): Promise<string> {
  const environment = environmentOf(servicesOf(await requireState(settings)), settings.portBase);
  if (isJson) return JSON.stringify(Object.fromEntries(environment));
  return [...environment].map(([name, value]) => `export ${name}='${value}'`).join('\n');
}

export async function stackStatus(settings: Settings, isJson: boolean): Promise<string> {
  const state = await readState(settings);
  const stack = { ...settings, brokerCount: state?.brokerCount ?? 1 };
  const runtime = state?.runtime ?? 'native';
  const services = state === undefined ? [] : servicesOf(state);
  const statuses = await Promise.all(services.map(async (service) => runners[runtime].status(service, stack)));
  if (isJson) return JSON.stringify({ portBase: settings.portBase, runtime, brokerCount: stack.brokerCount, services: statuses });
  return statuses.length === 0 ? `No stack on PORT_BASE ${String(settings.portBase)}.` : statusTable(statuses);
}

async function withService(
  settings: Settings,
  name: string,
  work: (service: ServiceDefinition, stack: StackPlace, runner: Runner) => Promise<void>,
): Promise<string> {
  return exclusively(settings, async () => {
    const state = await requireState(settings);
    const service = servicesOf(state).find((candidate) => candidate.name === name);
    if (service === undefined) throw new StackError('usage', `This stack has no service "${name}", only ${state.services.join(', ')}.`);
    await work(service, { ...settings, brokerCount: state.brokerCount }, runners[state.runtime]);
    return '';
  });
}

export async function stackStart(settings: Settings, name: string): Promise<string> {
  return withService(settings, name, async (service, stack, runner) => runner.start([service], stack));
}

export async function stackStop(settings: Settings, name: string, signal: NodeJS.Signals | undefined): Promise<string> {
  return withService(settings, name, async (service, stack, runner) => runner.stop([service], stack, signal));
}
