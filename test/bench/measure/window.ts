/** What was read at one moment of a run; everything but `arrived` only grows with time. */
export interface Sample {
  readonly atSeconds: number;
  readonly arrived: number;
  /** By process tree. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
  readonly busySeconds: number;
  readonly stolenSeconds: number;
}

export interface WindowRates {
  readonly seconds: number;
  readonly changes: number;
  readonly changesPerSecond: number;
  /** Per process tree, microseconds of CPU for each change that arrived in the window. */
  readonly cpuMicrosPerChange: ReadonlyMap<string, number>;
  /** CPU of processes that are not ours, in percent of all cores. */
  readonly othersCpuPercent: number;
  readonly stolenPercent: number;
}

/** Share of the changes left out at both ends, where a run starts up and runs dry. */
const margin = 0.05;

const between = (from: number, to: number, part: number): number => from + (to - from) * part;

/** The moment at which `arrived` was reached, interpolated between the samples around it. */
const crossing = (samples: readonly Sample[], arrived: number): Sample => {
  const index = samples.findIndex((sample) => sample.arrived >= arrived);
  const after = samples[index];
  if (after === undefined) throw new Error(`The run never reached ${String(arrived)} changes.`);
  const before = samples[index - 1] ?? after;
  const part = after.arrived === before.arrived ? 1 : (arrived - before.arrived) / (after.arrived - before.arrived);
  return {
    atSeconds: between(before.atSeconds, after.atSeconds, part),
    arrived,
    cpuSeconds: new Map([...after.cpuSeconds].map(([name, seconds]) => [name, between(before.cpuSeconds.get(name) ?? 0, seconds, part)])),
    busySeconds: between(before.busySeconds, after.busySeconds, part),
    stolenSeconds: between(before.stolenSeconds, after.stolenSeconds, part),
  };
};

/** Rates between the first and the last 5 % of the expected changes. */
export const ratesOf = (samples: readonly Sample[], expected: number, coreCount: number): WindowRates => {
  const start = crossing(samples, expected * margin);
  const end = crossing(samples, expected * (1 - margin));
  const seconds = end.atSeconds - start.atSeconds;
  const changes = end.arrived - start.arrived;
  const used = new Map([...end.cpuSeconds].map(([name, total]) => [name, total - (start.cpuSeconds.get(name) ?? 0)]));
  const known = [...used.values()].reduce((sum, value) => sum + value, 0);
  const percent = (cpuSeconds: number): number => (100 * Math.max(0, cpuSeconds)) / (seconds * coreCount);
  return {
    seconds,
    changes,
    changesPerSecond: changes / seconds,
    cpuMicrosPerChange: new Map([...used].map(([name, value]) => [name, (value * 1e6) / changes])),
    othersCpuPercent: percent(end.busySeconds - start.busySeconds - known),
    stolenPercent: percent(end.stolenSeconds - start.stolenSeconds),
  };
};
