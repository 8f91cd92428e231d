import { setTimeout as sleep } from 'node:timers/promises';
import type { Flow } from './flow.ts';
import type { Ground, Owner } from './ground.ts';

/** Milliseconds from the SIGKILL of a task's owner until each was seen. */
export interface TakeOver {
  readonly flow: string;
  /** The dead worker is no member any more. */
  readonly lease: number;
  /** Another worker owns the task. */
  readonly assignment: number;
  /** It reports the task RUNNING. */
  readonly start: number;
  /** A change made after the kill can be read from the topic. */
  readonly record: number;
}

const withinMs = 60_000;
const lookEveryMs = 40;

/** Kills the owner of a flow's source task while nothing else is wrong. */
export const measureTakeOver = async (ground: Ground, flow: Flow): Promise<TakeOver> => {
  const owner = await ground.ownerOf(flow);
  if (owner === undefined) throw new Error(`Nobody owns the task of ${flow.parts.source}.`);
  const before = ownerIn((await ground.cluster()).owners, flow);
  const killedAt = performance.now();
  await ground.kill(owner);
  const recordAt = flow.nextChange(withinMs);
  // The looks below may fail first.
  recordAt.catch(() => undefined);
  const seen = await look(ground, flow, { victim: owner.id, epoch: before?.epoch, killedAt });
  return { flow: flow.parts.title, ...seen, record: (await recordAt) - killedAt };
};

const ownerIn = (owners: readonly Owner[], flow: Flow): Owner | undefined =>
  owners.find(({ connector, task }) => connector === flow.parts.source && task === 0);

interface Kill {
  readonly victim: string;
  readonly epoch: string | undefined;
  readonly killedAt: number;
}

const look = async (ground: Ground, flow: Flow, { victim, epoch, killedAt }: Kill): Promise<Omit<TakeOver, 'flow' | 'record'>> => {
  let lease: number | undefined;
  let assignment: number | undefined;
  while (performance.now() - killedAt < withinMs) {
    const { members, owners } = await ground.cluster();
    const elapsed = performance.now() - killedAt;
    if (!members.some(({ worker_id: id }) => id === victim)) lease ??= elapsed;
    const owner = ownerIn(owners, flow);
    if (owner !== undefined && owner.epoch !== epoch) assignment ??= elapsed;
    if (lease !== undefined && assignment !== undefined) {
      const task = (await ground.status(flow.parts.source)).tasks[0];
      const start = performance.now() - killedAt;
      if (task?.state === 'RUNNING' && task.worker_id !== victim) return { lease, assignment, start };
    }
    await sleep(lookEveryMs);
  }
  throw new Error(`The task of ${flow.parts.source} was not taken over within ${String(withinMs / 1_000)} s.`);
};
