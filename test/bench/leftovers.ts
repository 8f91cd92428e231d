import type { Bench } from './workload.ts';

/** Removes topics with the subjects of their schemas; those that are not there are no failure. */
export const dropTopics = async ({ servers, topics }: Bench, names: readonly string[]): Promise<void> => {
  await topics.drop(names);
  for (const name of names) {
    for (const side of ['key', 'value']) {
      await fetch(`${servers.registryUrl}/subjects/${encodeURIComponent(`${name}-${side}`)}`, { method: 'DELETE' });
    }
  }
};
