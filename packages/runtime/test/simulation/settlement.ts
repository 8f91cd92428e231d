import type { Herder } from '../../src/index.ts';
import { createKeyspace } from '../../src/cluster/store/keyspace.ts';
import { codecs } from '../../src/cluster/store/values.ts';
import type { SimulatedStart } from './simulated-host.ts';
import type { SimulatedWorker, World } from './simulated-worker.ts';

const { signal } = new AbortController();

const idOf = ({ spec }: SimulatedStart): string => `${spec.id.connector}-${String(spec.id.task)}`;

const runningOn = (workers: readonly SimulatedWorker[]): readonly SimulatedStart[] =>
  workers.flatMap(({ host }) => host.starts.filter(({ isRunning, gate }) => isRunning && !gate.isDead));

/** Tasks that run under the epoch of their owner key, wherever. */
export const ownedTasks = ({ clusterId, etcd }: World, workers: readonly SimulatedWorker[]): readonly string[] => {
  const keys = createKeyspace(clusterId);
  const isOwned = ({ spec }: SimulatedStart): boolean => etcd.server.entries.get(keys.owner(spec.id))?.modRevision === spec.epoch.revision;
  return runningOn(workers).filter(isOwned).map(idOf);
};

/** L1: once all is quiet every wanted task runs, once, with what is stored, and says so; nothing else does. Else sentences. */
export const unsettled = async (world: World, workers: readonly SimulatedWorker[], herder: Herder): Promise<readonly string[]> => {
  const names = await herder.connectorNames(signal);
  const statuses = await Promise.all(names.map((name) => herder.status(name, signal)));
  const units = statuses.flatMap(({ name, tasks }) => tasks.map(({ id, state, trace }) => ({ id: `${name}-${String(id)}`, state, trace })));
  const problems = units
    .filter(({ state }) => state !== 'RUNNING' && state !== 'PAUSED')
    .map((unit) => `L1: ${unit.id} is ${unit.state} ${unit.trace ?? ''}`);
  const wanted = units.map(({ id }) => id).sort();
  const running = runningOn(workers);
  const owned = [...ownedTasks(world, workers)].sort();
  if (owned.join() !== wanted.join()) problems.push(`L1: wanted are ${wanted.join()}, but owned and running are ${owned.join()}`);
  if (running.length !== owned.length) problems.push(`L1: these run: ${running.map(idOf).sort().join()}`);
  return [
    ...problems,
    ...running.filter((start) => !isUpToDate(world, start)).map((start) => `I9: ${idOf(start)} runs with what is not stored`),
  ];
};

const isUpToDate = ({ clusterId, etcd }: World, { spec }: SimulatedStart): boolean => {
  const keys = createKeyspace(clusterId);
  const { entries } = etcd.server;
  const pointer = entries.get(keys.generation(spec.id.connector));
  if (pointer === undefined) return false;
  const stored = entries.get(keys.task(spec.id.connector, codecs.generation.decode(pointer).generation, spec.id.task));
  if (stored === undefined) return false;
  const { since, config } = codecs.task.decode(stored);
  return since === spec.generation && JSON.stringify(config) === JSON.stringify(spec.config);
};
