import { caseTable } from './cases/case-table.ts';
import { measure } from './measure/meter.ts';
import { profileTask } from './measure/task-profile.ts';
import type { BenchOptions, SystemName } from './options.ts';
import { startDebezium } from './peer/debezium.ts';
import { besideReference, reportOf, type RunReport } from './report.ts';
import { serverProcesses } from './servers.ts';
import { startHeadrace } from './systems/headrace.ts';
import type { RunningSystem, StartSystem } from './systems/system.ts';
import type { Bench, Workload } from './workload.ts';

const starters: Readonly<Record<SystemName, StartSystem>> = { headrace: startHeadrace, debezium: startDebezium };

/** Enough for a JVM to compile what is hot. */
const warmUpRows = 200_000;

/** Share of the machine's CPU that others may use while a run counts. */
const tolerableOthersPercent = 10;

interface Workloads {
  readonly warmUp: Workload;
  readonly full: Workload;
}

/**
 * A B A B: a worker is started, warmed up, measured and stopped before the other system's turn, so that never two run at
 * once and none starts cold. Calls `onReport` after each measured run.
 */
export const takeTurns = async (bench: Bench, options: BenchOptions, onReport: (report: RunReport) => void): Promise<void> => {
  await using made = new AsyncDisposableStack();
  const workloads = await prepare(bench, options, made);
  for (let run = 1; run <= options.runs; run += 1) {
    for (const system of options.systems) onReport(await turn(bench, options, workloads, { system, run }));
  }
};

const prepare = async (bench: Bench, options: BenchOptions, made: AsyncDisposableStack): Promise<Workloads> => {
  const prepareCase = caseTable[options.caseName].prepare;
  await using temporary = new AsyncDisposableStack();
  let running: RunningSystem | undefined;
  const filler = async (): Promise<RunningSystem['worker']> => {
    running ??= temporary.use(await starters[options.systems[0] ?? 'headrace'](bench, options.guarantee));
    return running.worker;
  };
  bench.say(`preparing ${options.caseName}`);
  const warmUp = made.use(await prepareCase(bench, Math.min(options.rows, warmUpRows), filler));
  return { warmUp, full: made.use(await prepareCase(bench, options.rows, filler)) };
};

const turn = async (
  bench: Bench,
  options: BenchOptions,
  workloads: Workloads,
  { system, run }: { readonly system: SystemName; readonly run: number },
): Promise<RunReport> => {
  const label = `${system} run ${String(run)}`;
  bench.say(`${label}: starting`);
  await using running = await starters[system](bench, options.guarantee);
  const { worker } = running;
  const servers = await serverProcesses();
  {
    await using warmUp = await workloads.warmUp.attempt(worker);
    bench.say(`${label}: warming up`);
    await measure({ worker, attempt: warmUp, servers, signal: bench.signal });
  }
  await using attempt = await workloads.full.attempt(worker);
  bench.say(`${label}: measuring`);
  const isProfiled = options.isProfiling && system === 'headrace';
  const measuring = async (): Promise<Awaited<ReturnType<typeof measure>>> => measure({ worker, attempt, servers, signal: bench.signal });
  const measurement = isProfiled ? await profileTask({ ...bench, worker, connector: attempt.connector }, measuring) : await measuring();
  await attempt.verify();
  const { othersCpuPercent } = measurement.rates;
  if (othersCpuPercent > tolerableOthersPercent)
    bench.say(`${label}: void, other programs used ${othersCpuPercent.toFixed(0)} % of this machine meanwhile`);
  const isSink = caseTable[options.caseName].kind === 'sink';
  const report = { ...reportOf({ options, system, run, expected: attempt.expected, isSink }, measurement), ...attempt.latency?.() };
  if (attempt.reference === undefined || system !== 'headrace') return report;
  bench.say(`${label}: draining the same log by the server's own tool`);
  return { ...report, ...besideReference(report, await attempt.reference()) };
};
