import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { root } from '../support/scripts.ts';
import type { Measurement } from './measure/meter.ts';
import type { Latency } from './workload.ts';
import type { BenchOptions, Guarantee, SystemName } from './options.ts';

/** Our rate beside that of the server's own tool on the same log. */
export interface Reference {
  readonly referenceRowsPerSecond: number;
  readonly ofReference: number;
}

/** One run as it is printed. */
export interface RunReport extends Partial<Latency>, Partial<Reference> {
  readonly case: string;
  readonly system: SystemName;
  readonly run: number;
  readonly rows: number;
  readonly tables: number;
  /** As asked for: of a row as text. */
  readonly rowBytes: number;
  /** Whether events went through transforms. */
  readonly transforms: boolean;
  readonly rowsPerSecond: number;
  readonly cpuMicrosPerChange: number;
  /** The same by the bytes of a row: flat or falling where rows grow. */
  readonly cpuNanosPerByte: number;
  readonly peakRssBytes: number;
  readonly serversCpuMicrosPerChange: Readonly<Record<string, number>>;
  /** Which of our two record paths was taken; the peer has one. */
  readonly lane: string | null;
  readonly guarantee: string;
  readonly windowSeconds: number;
  readonly othersCpuPercent: number;
  readonly stolenPercent: number;
  readonly benchCpuMicrosPerChange: number;
  readonly loadAverage: number;
  readonly commit: string;
  readonly at: string;
}

const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

const git = (...args: readonly string[]): string => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();

const commit = (): string => `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', 'packages') === '' ? '' : '+'}`;

export interface RunFacts {
  readonly options: BenchOptions;
  readonly system: SystemName;
  readonly run: number;
  readonly expected: number;
  readonly isSink: boolean;
}

/** Both sinks make redelivery harmless by upserts; ours commits its position with the rows. */
const guaranteeOf = ({ options, system, isSink }: RunFacts): Guarantee => {
  if (!isSink) return options.guarantee;
  return system === 'headrace' ? 'exactly-once' : 'at-least-once';
};

export const reportOf = (facts: RunFacts, { rates, peakRssBytes, lane }: Measurement): RunReport => {
  const cpu = new Map(rates.cpuMicrosPerChange);
  const [worker, bench] = [cpu.get('worker') ?? 0, cpu.get('bench') ?? 0];
  const servers = [...cpu].filter(([name]) => name !== 'worker' && name !== 'bench');
  return {
    case: facts.options.caseName,
    system: facts.system,
    run: facts.run,
    rows: facts.expected,
    ...facts.options.shape,
    transforms: facts.options.hasTransforms,
    rowsPerSecond: Math.round(rates.changesPerSecond),
    cpuMicrosPerChange: rounded(worker, 2),
    cpuNanosPerByte: rounded((worker * 1_000) / facts.options.shape.rowBytes, 2),
    peakRssBytes,
    serversCpuMicrosPerChange: Object.fromEntries(servers.map(([name, micros]) => [name, rounded(micros, 2)])),
    lane: facts.system === 'headrace' ? (lane ?? 'object') : null,
    guarantee: guaranteeOf(facts),
    windowSeconds: rounded(rates.seconds),
    othersCpuPercent: rounded(rates.othersCpuPercent),
    stolenPercent: rounded(rates.stolenPercent),
    benchCpuMicrosPerChange: rounded(bench, 2),
    loadAverage: rounded(loadavg()[0] ?? 0, 2),
    commit: commit(),
    at: new Date().toISOString(),
  };
};

export const besideReference = ({ rowsPerSecond }: RunReport, referenceRowsPerSecond: number): Reference => ({
  referenceRowsPerSecond: Math.round(referenceRowsPerSecond),
  ofReference: rounded(rowsPerSecond / referenceRowsPerSecond, 3),
});

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const spread = (values: readonly number[]): Spread => {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = (ascending.length - 1) / 2;
  const median = ((ascending[Math.floor(middle)] ?? Number.NaN) + (ascending[Math.ceil(middle)] ?? Number.NaN)) / 2;
  return { median: rounded(median, 3), least: rounded(ascending[0] ?? Number.NaN, 3), most: rounded(ascending.at(-1) ?? Number.NaN, 3) };
};

const measures = ['cpuMicrosPerChange', 'peakRssBytes', 'rowsPerSecond'] as const;

/** Ours / peer over the runs that stood beside each other; undefined without a peer. */
export const ratiosOf = (reports: readonly RunReport[]): unknown => {
  const ours = reports.filter(({ system }) => system === 'headrace');
  const pairs = ours.flatMap((own) => {
    const peer = reports.find(({ system, run }) => system === 'debezium' && run === own.run);
    return peer === undefined ? [] : [{ own, peer }];
  });
  const [first] = pairs;
  if (first === undefined) return undefined;
  const ratios = measures.map((measure) => [measure, spread(pairs.map(({ own, peer }) => own[measure] / peer[measure]))]);
  return {
    case: first.own.case,
    ratio: 'headrace/debezium',
    pairs: pairs.length,
    ...(Object.fromEntries(ratios) as Record<string, Spread>),
  };
};
