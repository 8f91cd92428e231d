import { silentLogger, Stopped, toError, type Clock } from '@headrace/foundation';
import type { CoordinationStore } from '@headrace/ports';
import { createMemoryKafkaPorts, type MemoryKafka } from '@headrace/ports/memory';
import type { SeededRandom } from '@headrace/testkit';
import { createClusterWorker, type Herder, type ValidateConnector } from '../../src/index.ts';
import { Gate, gatedClock } from './gate.ts';
import type { SimulatedEtcd } from './simulated-etcd.ts';
import { LightHost } from './light-host.ts';
import { SimulatedHost, type StartingHost } from './simulated-host.ts';
import { calmLine, SimulatedStore, type Line } from './simulated-network.ts';
import { simulatedPlugins, type SimulatedTargets } from './simulated-plugins.ts';

export interface World {
  readonly clusterId: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly etcd: SimulatedEtcd;
  readonly kafka: MemoryKafka;
  readonly targets: SimulatedTargets;
  readonly exactlyOnce: string;
  /** Tasks move records through Kafka in memory; otherwise they only own. */
  readonly hasRecords: boolean;
}

const validate: ValidateConnector = () => ({ name: '', groups: [], keys: [], errorCount: 0 });

/** One process of a worker, from its start to its end. */
export class SimulatedWorker {
  readonly workerId: string;
  readonly gate = new Gate();
  readonly line: Line = calmLine();
  readonly host: StartingHost;
  failure: Error | undefined;
  isOver = false;
  readonly #stopping = new AbortController();

  constructor(workerId: string, world: World) {
    this.workerId = workerId;
    const { gate, line } = this;
    const clock = gatedClock(world.clock, gate);
    const store = new SimulatedStore({ ...world, clock, gate, line, workerId });
    const plugins = simulatedPlugins(world.targets, world.random, workerId);
    this.host = world.hasRecords ? new SimulatedHost({ ...world, gate, plugins }) : new LightHost({ ...world, gate });
    const { service } = createClusterWorker({ ...partsOf(world, store, clock), workerId, plugins, taskHost: this.host });
    service.run(this.#stopping.signal).then(
      () => {
        this.isOver = true;
      },
      (error: unknown) => {
        this.failure = toError(error);
      },
    );
  }

  leave(): void {
    this.#stopping.abort(new Stopped('shutdown'));
  }
}

/** A herder whose line is always good: what users ask arrives. */
export const simulatedHerder = (world: World): Herder => {
  const workerId = 'observer';
  const gate = new Gate();
  const store = new SimulatedStore({ ...world, gate, workerId, line: { ...calmLine(), latencyMs: 2 } });
  const plugins = simulatedPlugins(world.targets, world.random, workerId);
  const taskHost = new LightHost({ ...world, gate });
  return createClusterWorker({ ...partsOf(world, store, world.clock), workerId, plugins, taskHost }).herder;
};

const partsOf = (world: World, store: CoordinationStore, clock: Clock) => {
  const ports = createMemoryKafkaPorts(world.kafka, { clock, offsetsTopic: 'offsets', offsetsTopicPartitions: 2 });
  return {
    store,
    clock,
    clusterId: world.clusterId,
    restUrl: '',
    log: silentLogger,
    validate,
    topicAdmin: ports.admin,
    sourceOffsets: ports.sourceOffsets,
    sinkOffsets: ports.sinkOffsets,
    leaseTtlMs: 3_000,
    taskStopMs: 2_000,
    drainMs: 4_000,
    rereadMs: 10_000,
    sweepMs: 15_000,
    loadIntervalMs: 1_000,
    outageMaxMs: 20_000,
  };
};
