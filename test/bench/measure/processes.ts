import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux reports CPU times in hundredths of a second to programs, whatever its own tick is. */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly seconds: number;
}

/** Own time and that of children that have ended and were waited for; live children count for themselves. */
const readTimes = (pid: number): ProcessTimes | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program name in parentheses and may contain blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { pid, parent: Number(fields[1]), seconds: ticks / ticksPerSecond };
};

/** CPU seconds that each of the process trees has used since it was started. */
export const cpuSecondsOf = (roots: ReadonlyMap<string, number>): Map<string, number> => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readTimes(Number(name)))
    .filter((times) => times !== undefined);
  const byParent = Map.groupBy(all, ({ parent }) => parent);
  const sumOf = (times: ProcessTimes): number => (byParent.get(times.pid) ?? []).reduce((sum, child) => sum + sumOf(child), times.seconds);
  return new Map(
    [...roots].map(([name, root]) => {
      const times = all.find(({ pid }) => pid === root);
      if (times === undefined) throw new Error(`Process ${String(root)} (${name}) has ended.`);
      return [name, sumOf(times)];
    }),
  );
};

/** Most memory the process ever had resident. Workers of both systems are one process. */
export const peakResidentBytes = (pid: number): number => {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024;
};

export interface MachineTimes {
  /** CPU seconds in which somebody on this machine worked, all cores together. */
  readonly busy: number;
  /** CPU seconds that the hypervisor gave to others. */
  readonly stolen: number;
}

export const machineTimes = (): MachineTimes => {
  const [user, nice, system, , , irq, softirq, stolen] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / ticksPerSecond);
  return { busy: (user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0), stolen: stolen ?? 0 };
};

export const coreCount: number = availableParallelism();
