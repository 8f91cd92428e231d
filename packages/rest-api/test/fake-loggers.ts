import type { LogLevel } from '@headrace/foundation';
import type { LoggerLevels, LoggerState } from '../src/index.ts';

/** Loggers of one worker that stands for the cluster. */
export interface FakeLoggers extends LoggerLevels {
  readonly inCluster: (readonly [string, LogLevel])[];
}

export const createFakeLoggers = (): FakeLoggers => {
  const states = new Map<string, LoggerState>(
    (['root', 'org.example.A', 'org.example.B'] as const).map((name) => [name, { name, level: 'INFO', lastModified: null }]),
  );
  const inCluster: (readonly [string, LogLevel])[] = [];
  return {
    inCluster,
    list: () => [...states.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    set: (name, level) => {
      const names = [...states.keys()].filter((other) => other.startsWith(name)).toSorted();
      for (const other of names) states.set(other, { name: other, level, lastModified: 7 });
      return names;
    },
    setInCluster: async (name, level) => {
      inCluster.push([name, level]);
    },
  };
};
