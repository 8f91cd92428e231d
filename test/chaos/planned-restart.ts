import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterPlace } from '../../scripts/cluster.d/place.ts';
import type { Ground } from './ground.ts';

/** What the restart of one worker, as for an upgrade, did to the flows. */
export interface PlannedRestart {
  readonly worker: string;
  /** The widest gap between two events, milliseconds, by flow. */
  readonly gaps: ReadonlyMap<string, number>;
  readonly errors: readonly string[];
}

/** Stops one worker in order, starts it again, and waits until all is as before. */
export const measurePlannedRestart = async (ground: Ground, turn: number): Promise<PlannedRestart> => {
  const worker = ground.worker(turn);
  if (worker === undefined) throw new Error('No worker lives.');
  const before = await errorLines();
  for (const flow of ground.flows) flow.takeWidestGap();
  await ground.stop(worker);
  await ground.revive();
  await ground.settled(60_000);
  const gaps = new Map(ground.flows.map((flow) => [flow.parts.title, flow.takeWidestGap()]));
  const known = new Set(before);
  return { worker: worker.id, gaps, errors: (await errorLines()).filter((line) => !known.has(line)) };
};

/** What the workers have logged as an error so far. */
const errorLines = async (): Promise<readonly string[]> => {
  const { dir } = clusterPlace();
  const logs = (await readdir(dir)).filter((name) => name.endsWith('.log'));
  const texts = await Promise.all(logs.map(async (name) => readFile(join(dir, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n')).filter((line) => /"level":[56]0/.test(line));
};
