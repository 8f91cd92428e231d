import { createHash } from 'node:crypto';
import { hasReaction } from '@headrace/foundation';
import { MemoryKafka } from '@headrace/ports/memory';
import { VirtualClock, SeededRandom } from '@headrace/testkit';
import type { Herder } from '../../src/index.ts';
import { missingInTarget, targetViolations, topicViolations } from './record-invariants.ts';
import { imbalances } from './balance.ts';
import { scheduleOf, SINKS, SOURCES, WORKERS, type Event } from './schedule.ts';
import { SimulatedEtcd } from './simulated-etcd.ts';
import { calmLine } from './simulated-network.ts';
import { SimulatedTargets } from './simulated-plugins.ts';
import { simulatedHerder, SimulatedWorker, type World } from './simulated-worker.ts';
import { StoreInvariants } from './store-invariants.ts';
import { ownedTasks, unsettled } from './settlement.ts';

export interface Verdict {
  readonly seed: number;
  readonly violations: readonly string[];
  /** What happened when, in virtual milliseconds. */
  readonly events: readonly string[];
  /** Of everything that happened: equal for equal seeds. */
  readonly hash: string;
}

/** Longer than a lease, a re-read of the state, and the fencing of whoever is gone. */
const CALM_MS = 18_000;
const { signal } = new AbortController();

/** One history of a cluster, all of it decided by its seed. With records it shows more, and takes ten times as long. */
export const simulate = async (seed: number, hasRecords: boolean): Promise<Verdict> => {
  const simulation = new Simulation(seed, hasRecords);
  try {
    await simulation.run();
  } catch (error) {
    simulation.report(`broken: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return simulation.verdict();
};

class Simulation {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #clock: VirtualClock;
  readonly #world: World;
  readonly #store: StoreInvariants;
  readonly #herder: Herder;
  readonly #end = new AbortController();
  readonly #workers: SimulatedWorker[] = [];
  readonly #current = new Map<string, SimulatedWorker>();
  /** Workers whose process was frozen, or whose lease was ended early: they may have written to unfenced targets. */
  readonly #excused = new Set<string>();
  readonly #events: string[] = [];
  readonly #violations: string[] = [];

  constructor(seed: number, hasRecords: boolean) {
    this.#seed = seed;
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#clock = new VirtualClock({ random: () => random.next() });
    const clusterId = 'sim';
    const etcd = new SimulatedEtcd(this.#clock, this.#end.signal);
    this.#store = new StoreInvariants(clusterId);
    etcd.onApply = this.#store.observe;
    etcd.server.onChange(() => {
      this.#store.noteOwners(etcd.server.entries);
    });
    this.#world = {
      clusterId,
      clock: this.#clock,
      random,
      etcd,
      kafka: new MemoryKafka(),
      targets: new SimulatedTargets(),
      hasRecords,
      exactlyOnce: random.isHit(0.75) ? 'enabled' : 'disabled',
    };
    for (const topic of SOURCES) this.#world.kafka.createTopic(topic, { partitions: 2, replicationFactor: 1, configs: {} });
    this.#herder = simulatedHerder(this.#world);
  }

  report(violation: string): void {
    this.#violations.push(violation);
  }

  async run(): Promise<void> {
    for (const workerId of WORKERS) this.#start(workerId);
    for (const name of [...SOURCES, ...SINKS]) await this.#apply({ kind: 'put', name, tasks: this.#random.whole(1, 4), version: 1 });
    await this.#clock.advance(this.#random.between(200, 3_000));
    for (const { event, pauseMs } of scheduleOf(this.#random)) {
      await this.#apply(event);
      await this.#clock.advance(pauseMs);
      this.#look();
    }
    this.#calm();
    await this.#clock.advance(CALM_MS);
    this.#look();
    for (const problem of await this.#answer(unsettled(this.#world, this.#live(), this.#herder))) this.report(problem);
    for (const problem of imbalances(this.#world.clusterId, this.#world.etcd.server.entries)) this.report(problem);
    await this.#stopAll();
    this.#judgeRecords();
  }

  verdict(): Verdict {
    const { etcd, targets } = this.#world;
    this.#end.abort(new Error('The simulation is over.'));
    const violations = [...this.#store.violations, ...this.#violations];
    const hash = createHash('sha256');
    hash.update(this.#events.join('\n')).update(violations.join('\n')).update(String(etcd.server.revision));
    for (const [key, { value, modRevision }] of etcd.server.entries) hash.update(`${key} ${value} ${String(modRevision)}\n`);
    for (const [name, { applied }] of targets.partitions) hash.update(`${name} ${applied.map((record) => record.value).join(' ')}\n`);
    return { seed: this.#seed, violations, events: this.#events, hash: hash.digest('hex') };
  }

  async #apply(event: Event): Promise<void> {
    this.#events.push(`${String(Math.round(this.#clock.monotonic()))} ${JSON.stringify(event)}`);
    switch (event.kind) {
      case 'line':
        this.#disturbLine(event);
        return;
      case 'etcd':
        this.#disturbEtcd(event.fault);
        return;
      case 'kafka':
        if (event.isAway) this.#world.kafka.stop();
        else this.#world.kafka.start();
        return;
      case 'put':
      case 'target':
      case 'delete':
      case 'bounce':
        void this.#ask(event).catch(unlessRefused);
        return;
      default:
        this.#disturbWorker(event);
    }
  }

  #disturbLine({ worker, fault }: Extract<Event, { readonly kind: 'line' }>): void {
    const line = this.#current.get(worker)?.line;
    if (line === undefined) return;
    Object.assign(line, calmLine());
    line.isCutOut = fault === 'cut' || fault === 'cut-out';
    line.isCutIn = fault === 'cut' || fault === 'cut-in';
    if (fault === 'slow') line.latencyMs = 600;
    if (fault === 'lossy') Object.assign(line, { lossIn: 0.25, lossOut: 0.1, straggling: 0.1, latencyMs: 60 });
    this.#world.etcd.heard();
  }

  #disturbWorker({ kind, worker }: Extract<Event, { readonly worker: string; readonly kind: string }>): void {
    const current = this.#current.get(worker);
    if (kind === 'freeze' || kind === 'revoke') this.#excused.add(worker);
    switch (kind) {
      case 'restart':
        if (isEnded(current)) this.#start(worker);
        return;
      case 'freeze':
      case 'thaw':
      case 'kill':
        current?.gate[kind]();
        return;
      case 'leave':
        current?.leave();
        return;
      default:
        this.#revoke(worker);
    }
  }

  #disturbEtcd(fault: Extract<Event, { readonly kind: 'etcd' }>['fault']): void {
    const { etcd } = this.#world;
    if (fault === 'down' || fault === 'up') etcd.isDown = fault === 'down';
    else if (fault === 'leader') etcd.changeLeader();
    else if (fault === 'compact') etcd.server.compact();
    else if (fault === 'setback') etcd.watchSetback = 0.3;
    else if (fault === 'lag') etcd.lagMs = 1_500;
    else Object.assign(etcd, { watchSetback: 0, lagMs: 0 });
    etcd.heard();
  }

  #revoke(workerId: string): void {
    const { etcd } = this.#world;
    const member = [...etcd.server.entries.values()].map((entry) => JSON.parse(entry.value) as { workerId?: string; session?: string });
    const session = member.find((value) => value.workerId === workerId)?.session;
    if (session !== undefined) etcd.revokeEarly(session);
  }

  async #ask(event: Extract<Event, { readonly name: string }>): Promise<void> {
    const { name } = event;
    if (event.kind === 'put') await this.#herder.putConfig(name, configOf(event), signal);
    else if (event.kind === 'target') await this.#herder.setTargetState(name, event.state, signal);
    else if (event.kind === 'delete') await this.#herder.deleteConnector(name, signal);
    else await this.#herder.restartConnector(name, { includeTasks: true, onlyFailed: false }, signal);
  }

  /** Invariants that hold at every moment. */
  #look(): void {
    const owned = ownedTasks(this.#world, this.#workers);
    if (new Set(owned).size !== owned.length) this.report(`I3: a task runs twice under the epoch of its owner: ${owned.join(', ')}`);
  }

  #live(): readonly SimulatedWorker[] {
    return [...this.#current.values()];
  }

  #calm(): void {
    const { etcd, kafka } = this.#world;
    this.#disturbEtcd('up');
    this.#disturbEtcd('calm');
    kafka.start();
    for (const worker of WORKERS) {
      this.#disturbWorker({ kind: 'thaw', worker });
      this.#disturbWorker({ kind: 'restart', worker });
      this.#disturbLine({ kind: 'line', worker, fault: 'healed' });
    }
    etcd.heard();
  }

  async #stopAll(): Promise<void> {
    const live = this.#live().filter((worker) => !worker.gate.isDead);
    for (const worker of live) worker.leave();
    await this.#clock.advance(12_000);
    for (const worker of live) if (!worker.isOver) this.report(`L1: ${worker.workerId} does not end`);
    for (const worker of this.#workers)
      if (worker.failure !== undefined) this.report(`${worker.workerId} broke: ${worker.failure.stack ?? ''}`);
  }

  #judgeRecords(): void {
    const { kafka, targets, exactlyOnce } = this.#world;
    for (const topic of SOURCES) this.#violations.push(...topicViolations(kafka, topic, exactlyOnce === 'enabled'));
    this.#violations.push(...targetViolations(targets, (workerId) => this.#excused.has(workerId)), ...missingInTarget(kafka, targets));
  }

  #start(workerId: string): void {
    const worker = new SimulatedWorker(workerId, this.#world);
    this.#workers.push(worker);
    this.#current.set(workerId, worker);
  }

  /** What a herder answers once time passes. */
  async #answer<T>(asked: Promise<T>): Promise<T> {
    let isAnswered = false;
    const done = asked.finally(() => {
      isAnswered = true;
    });
    await this.#clock.until(() => isAnswered);
    return done;
  }
}

/** Its tasks count for what is configured; those of others for what they move. */
const HEAVY_VERSION = 3;

const configOf = ({ name, tasks, version }: Extract<Event, { readonly kind: 'put' }>): Readonly<Record<string, string>> => {
  const weight = version === HEAVY_VERSION ? { 'headrace.task.weight': '20' } : {};
  const common = { 'tasks.max': String(tasks), version: String(version), ...weight };
  if (SOURCES.includes(name)) return { ...common, 'connector.class': 'sequence' };
  return { ...common, 'connector.class': name === 'f' ? 'Fenced' : 'Unfenced', topics: SOURCES.join(',') };
};

/** A refusal (not found) is an answer, not a fault; etcd may be away. */
const unlessRefused = (error: unknown): void => {
  if (!hasReaction(error, 'request') && !hasReaction(error, 'retry')) throw error;
};

const isEnded = (worker: SimulatedWorker | undefined): boolean => worker === undefined || worker.gate.isDead || worker.isOver;
