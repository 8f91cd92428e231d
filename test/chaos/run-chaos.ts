import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPlace, workerEnvironment } from '../../scripts/cluster.d/place.ts';
import { Product } from '../support/product.ts';
import { stopWorkers } from '../support/cluster.ts';
import { SeededRandom } from '@headrace/testkit';
import { mariadbToPostgres, mysqlToPostgres, postgresToMariadb, type Flow } from './flow.ts';
import { isBackInTime, measureBadNeighbour, neighbourLine, roguePlugins, vices, type BadNeighbour } from './bad-neighbour.ts';
import { Ground } from './ground.ts';
import { inject } from './inject.ts';
import { Network } from './network.ts';
import type { ChaosOptions } from './options.ts';
import { countedAs, describeFault, planOf, type Step } from './plan.ts';
import { measurePlannedRestart, type PlannedRestart } from './planned-restart.ts';
import { takeOverBarMs, takeOverLine } from './kill-table.ts';
import { gapBarMs, restartLine, type ChaosReport } from './report.ts';
import { Servers } from './servers.ts';
import { measureTakeOver, type TakeOver } from './take-over.ts';

const workerCount = 3;
const settleMs = 90_000;

type Say = (text: string) => void;

/** Brings everything up, does the faults, and judges what the topics and the targets have. Aborted: takes down what it has started. */
export const runChaos = async (options: ChaosOptions, say: Say, interruption: AbortSignal): Promise<ChaosReport> => {
  await using servers = await Servers.start(options);
  // Workers of an earlier run know nothing of our proxies.
  await stopWorkers();
  await using network = await Network.start(workerPorts(), servers.ports, new SeededRandom(options.seed + 1));
  const environment = {
    ...workerEnvironment(),
    ...servers.environment,
    ...network.environment,
    ...(options.isAtLeastOnce ? { HEADRACE_EXACTLY_ONCE_SOURCE_SUPPORT: 'disabled' } : {}),
  };
  // Whoever comes next must not find workers whose way to the servers went through those proxies.
  await using workers = new AsyncDisposableStack();
  workers.defer(async () => stopWorkers());
  await using product = await Product.start(workerCount, { environment });
  const flows = [await postgresToMariadb(product, options.isAtLeastOnce), await mariadbToPostgres(product, options.isAtLeastOnce)];
  if (servers.ports.has('mysql')) flows.push(await mysqlToPostgres(product, options.isAtLeastOnce));
  for (const flow of flows) await flow.begin(product);
  const ground = new Ground({ product, network, servers, flows, workerCount, environment, say });
  const chaos = new Chaos(ground, say, interruption);
  await ground.settled(settleMs);
  say(`Under load: ${flows.map(({ parts }) => parts.title).join(', ')}.`);
  interruption.throwIfAborted();
  await chaos.killOwners(options.kills);
  if (options.hasPlannedRestarts) await chaos.restartEach();
  if (options.hasBadNeighbours) await chaos.addBadNeighbours();
  await chaos.follow(
    planOf({ seed: options.seed, faults: options.faults, servers: [...servers.ports.keys()], flows: flows.length, workers: workerCount }),
  );
  const report = await chaos.report(options.seed);
  await product.refreshWorkers();
  return report;
};

class Chaos {
  readonly #ground: Ground;
  readonly #say: Say;
  readonly #interruption: AbortSignal;
  readonly #faults = new Map<string, number>();
  readonly #takeOvers: TakeOver[] = [];
  readonly #restarts: PlannedRestart[] = [];
  readonly #neighbours: BadNeighbour[] = [];
  readonly #violations: string[] = [];
  readonly #delays: string[] = [];

  constructor(ground: Ground, say: Say, interruption: AbortSignal) {
    this.#ground = ground;
    this.#say = say;
    this.#interruption = interruption;
  }

  async killOwners(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      const takeOver = await measureTakeOver(this.#ground, this.#ground.flow(turn));
      this.#count('kill owner (measured)');
      this.#takeOvers.push(takeOver);
      this.#say(`${String(turn + 1)}/${String(count)} ${takeOverLine(takeOver)}`);
      if (takeOver.record > takeOverBarMs) this.#delays.push(`A take-over took too long: ${takeOverLine(takeOver)}`);
      await this.#ground.revive();
      await this.#settle(`kill ${String(turn + 1)}`);
    }
  }

  async restartEach(): Promise<void> {
    for (let turn = 0; turn < workerCount; turn += 1) {
      this.#interruption.throwIfAborted();
      const restart = await measurePlannedRestart(this.#ground, turn);
      this.#count('restart worker (measured)');
      this.#restarts.push(restart);
      this.#say(restartLine(restart));
      if (Math.max(...restart.gaps.values()) > gapBarMs) this.#delays.push(`Too wide a gap. ${restartLine(restart)}`);
      this.#violations.push(...restart.errors.map((line) => `Error during a planned restart: ${line.slice(0, 400)}`));
    }
  }

  async addBadNeighbours(): Promise<void> {
    await this.#ground.equip(roguePlugins);
    await this.#settle('a restart with plugins');
    for (const vice of vices) {
      const neighbour = await measureBadNeighbour(this.#ground, vice);
      this.#count(`task with ${vice} in excess`);
      this.#neighbours.push(neighbour);
      this.#say(neighbourLine(neighbour));
      if (!isBackInTime(neighbour)) this.#delays.push(`Slow beside a bad task: ${neighbourLine(neighbour)}`);
      if (neighbour.moved.length > 0) this.#violate(`Not ended alone: ${neighbourLine(neighbour)}`);
      await this.#settle(`a task with ${vice} in excess`);
    }
    await this.#ground.equip({});
  }

  async follow(steps: readonly Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const text = step.map(describeFault).join(' + ');
      this.#say(`step ${String(index + 1)}/${String(steps.length)}: ${text}`);
      const outcomes = await Promise.allSettled(step.map(async (fault) => inject(this.#ground, fault)));
      for (const fault of step) this.#count(countedAs(fault));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') this.#violate(`${text}: ${String(outcome.reason)}`);
      }
      // Workers may have ended by themselves, or two faults have met in one.
      await this.#ground.revive();
      await this.#settle(text);
    }
  }

  async report(seed: number): Promise<ChaosReport> {
    const { flows } = this.#ground;
    const problems = await Promise.all(flows.map(async (flow) => flow.judge(settleMs)));
    const sum = (of: (flow: Flow) => number): number => flows.reduce((total, flow) => total + of(flow), 0);
    return {
      seed,
      faults: this.#faults,
      takeOvers: this.#takeOvers,
      restarts: this.#restarts,
      neighbours: this.#neighbours,
      commits: sum(({ ledger }) => ledger.commits),
      events: sum(({ check }) => check.events),
      repeats: sum(({ check }) => check.repeats),
      loadPerCpu: (loadavg()[1] ?? 0) / availableParallelism(),
      violations: [...this.#violations, ...problems.flat()],
      delays: this.#delays,
    };
  }

  async #settle(after: string): Promise<void> {
    const before = this.#ground.flows.map(({ check }) => check.violations.length);
    try {
      await this.#ground.settled(settleMs);
    } catch (failure) {
      this.#violate(`Not settled after ${after}: ${(failure as Error).message}`);
      await sleep(1_000);
    }
    this.#interruption.throwIfAborted();
    for (const [index, { check }] of this.#ground.flows.entries()) {
      for (const violation of check.violations.slice(before[index])) this.#say(`VIOLATION after ${after}: ${violation}`);
    }
  }

  #violate(sentence: string): void {
    this.#say(`VIOLATION ${sentence}`);
    this.#violations.push(sentence);
  }

  #count(kind: string): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }
}

/** REST ports as `./scripts/cluster` gives them. */
const workerPorts = (): readonly number[] => Array.from({ length: workerCount }, (_, index) => clusterPlace().firstPort + index);
