import { Backoff, hasReaction, toError, Wakeup, type Service } from '@headrace/foundation';
import { wakeWithin } from '../../wake-within.ts';
import { isNewGeneration, writeGeneration } from '../../planning/generation.ts';
import { planTasks } from '../../planning/task-plan.ts';
import type { ConnectorModel } from '../../store/cluster-model.ts';
import {
  connectorState,
  isStillFailed,
  nextConnectorStep,
  type HeldConnector,
  type PlanFailure,
  type PlanInputs,
  type WantedConnector,
} from './connector-unit-state.ts';
import { ConnectorWatch } from './connector-watch.ts';
import { dropOrphan } from '../drop-orphan.ts';
import type { Grip } from '../ownership.ts';
import type { UnitContext } from '../unit-context.ts';
import { isAssignedHere, isOwnedHere, pluginOf, wantedConnector } from '../wanted.ts';

/** While a sink has nothing to read, its topics are looked up this often. */
const NO_TOPICS_REFRESH_MS = 1_000;
/** After Kafka did not answer. */
const RETRY_MS = 1_000;

/** One connector on the worker that owns it: plans its tasks and says how it is. */
export class ConnectorUnit implements Service {
  readonly name: string;
  readonly #context: UnitContext;
  readonly #unit: { readonly connector: string; readonly task: null };
  readonly #wakeup = new Wakeup();
  readonly #backoff: Backoff;
  #held: HeldConnector = { kind: 'vacant' };
  #grip: Grip | undefined;
  #failure: PlanFailure | undefined;
  readonly #watch = new ConnectorWatch((error) => {
    this.#watchFailed(error);
  });
  /** Monotonic time of the next look at the topics. */
  #dueAt = Infinity;

  constructor(context: UnitContext, connector: string) {
    this.name = `connector ${connector}`;
    this.#context = context;
    this.#unit = { connector, task: null };
    this.#backoff = new Backoff(context.clock, { initialMs: 100, maxMs: 5_000 });
  }

  get isVacant(): boolean {
    return this.#held.kind === 'vacant';
  }

  /** Planning has no effects but in the store, where each is guarded. */
  readonly isRunning = false;

  wake(): void {
    this.#wakeup.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isOver()) await this.#step(signal);
  }

  /** Nothing is held and nothing will be wanted: the reconciler forgets the unit. */
  #isOver(): boolean {
    return this.isVacant && !isAssignedHere(this.#context, this.#unit) && !isOwnedHere(this.#context, this.#unit);
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    const wanted = wantedConnector(this.#context, this.#unit, this.#grip);
    const step = nextConnectorStep(this.#held, wanted, clock.monotonic() >= this.#dueAt);
    try {
      if (step === 'wait') await this.#wait(signal);
      if (step === 'acquire') await this.#acquire(signal);
      if (step === 'release') await this.#release(signal);
      if (step === 'drop') await dropOrphan(this.#context, this.#unit, this.#backoff, signal);
      if (step === 'plan') await this.#plan(wanted, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Without the lease nothing of this worker may go on; anything else concerns this unit alone.
      if (hasReaction(error, 'fenced')) throw error;
      log[hasReaction(error, 'retry') ? 'debug' : 'error']('A step of a connector could not be taken; trying again.', {
        connector: this.name,
        error: toError(error).message,
      });
      await this.#backoff.wait(signal);
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#held.kind === 'vacant' || this.#dueAt === Infinity) return this.#wakeup.wait(signal);
    const waitMs = Math.max(1, this.#dueAt - this.#context.clock.monotonic());
    return wakeWithin(this.#context.clock, waitMs, this.#wakeup, signal);
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { keys, ownership, replica } = this.#context;
    const { revision, connectors } = replica.model;
    const connector = connectors.get(this.#unit.connector);
    if (connector === undefined) return;
    const creation = connector.config.createRevision;
    const premise = { comparison: { key: keys.config(this.#unit.connector), createRevision: creation } };
    this.#grip = await ownership.acquire(this.#unit, premise, signal);
    if (this.#grip !== undefined) this.#held = { kind: 'owned', creation, planned: undefined };
    else if (replica.model.revision === revision) await this.#backoff.wait(signal);
  }

  async #release(signal: AbortSignal): Promise<void> {
    this.#watch.endUnless(undefined);
    if (this.#grip !== undefined) await this.#context.ownership.release(this.#grip, signal);
    this.#context.statuses.forget(this.#unit);
    this.#grip = undefined;
    this.#failure = undefined;
    this.#dueAt = Infinity;
    this.#held = { kind: 'vacant' };
    this.#backoff.reset();
  }

  async #plan(wanted: WantedConnector, signal: AbortSignal): Promise<void> {
    const connector = this.#context.replica.model.connectors.get(this.#unit.connector);
    if (wanted.kind !== 'connector' || connector === undefined) return;
    const { inputs } = wanted;
    if (!isStillFailed(this.#failure, inputs)) this.#failure = undefined;
    this.#watch.endUnless(watchKey(inputs));
    // As in Kafka Connect the tasks of a paused connector stay what they are, none if it has never been started.
    if (inputs.target !== 'STARTED' || this.#failure !== undefined) this.#dueAt = Infinity;
    else if (!(await this.#writePlan(connector, inputs, signal))) return;
    this.#countStart(inputs);
    this.#held = { kind: 'owned', creation: wanted.creation, planned: inputs };
    this.#beginWatch(connector, inputs, signal);
    this.#report(inputs);
  }

  /** Kafka Connect's starts of a connector: each new configuration or restart is one. */
  #countStart(inputs: PlanInputs): void {
    const before = this.#held.kind === 'owned' && this.#held.planned !== undefined ? watchKey(this.#held.planned) : undefined;
    const key = watchKey(inputs);
    if (key === undefined || key === before) return;
    const outcome = this.#failure === undefined ? 'success' : 'failure';
    for (const counted of ['attempts', outcome]) {
      this.#context.meter.add(`kafka_connect_connect_worker_metrics_connector_startup_${counted}_total`, 1);
    }
  }

  #beginWatch({ name, config: { config } }: ConnectorModel, inputs: PlanInputs, signal: AbortSignal): void {
    const { plugins, resolveConfig, log, clock } = this.#context;
    const plugin = plugins.connector(config['connector.class'] ?? '');
    const key = watchKey(inputs);
    if (plugin?.watch === undefined || key === undefined || this.#failure !== undefined) return;
    const run = async (watching: AbortSignal): Promise<void> => {
      const { values } = plugin.config.parse(await resolveConfig(config));
      await plugin.watch?.(values, { connector: name, log: log.with({ connector: name }), clock }, watching);
    };
    this.#watch.begin(key, run, signal);
  }

  #watchFailed(error: Error): void {
    if (this.#held.kind !== 'owned' || this.#held.planned === undefined) return;
    this.#failed(this.#held.planned, error, 'Connector failed; its tasks go on.');
    this.#report(this.#held.planned);
  }

  /** False when it has to be done again: Kafka did not answer, or the state it was made from is out of date. */
  async #writePlan(connector: ConnectorModel, inputs: PlanInputs, signal: AbortSignal): Promise<boolean> {
    const { clock, log, keys, replica, store, topicsRefreshMs } = this.#context;
    const { model } = replica;
    try {
      const tasks = await planTasks(connector, this.#context, signal);
      const isSink = pluginOf(this.#context, connector.name)?.kind === 'sink';
      this.#dueAt = isSink ? clock.monotonic() + (tasks.length === 0 ? NO_TOPICS_REFRESH_MS : topicsRefreshMs) : Infinity;
      if (!isNewGeneration(connector, tasks)) return true;
      const guards = [{ key: keys.owner(this.#unit), modRevision: this.#grip?.epoch.revision ?? -1n }];
      const isWritten = await writeGeneration({ store, keys, model, connector, tasks, guards }, signal);
      if (isWritten) log.info('Tasks of a connector are planned.', { connector: connector.name, tasks: tasks.length });
      else if (replica.model.revision === model.revision) await this.#backoff.wait(signal);
      return isWritten;
    } catch (error) {
      signal.throwIfAborted();
      if (hasReaction(error, 'retry')) {
        log.warn('The tasks of a connector could not be planned; trying again.', {
          connector: connector.name,
          error: toError(error).message,
        });
        await wakeWithin(clock, RETRY_MS, this.#wakeup, signal);
        return false;
      }
      if (hasReaction(error, 'fenced')) throw error;
      this.#failed(inputs, toError(error), 'Connector failed: its tasks cannot be planned.');
      return true;
    }
  }

  #failed(inputs: PlanInputs, error: Error, message: string): void {
    this.#dueAt = Infinity;
    this.#failure = { ...inputs, trace: `${error.name}: ${error.message}\n${error.stack ?? ''}` };
    this.#context.log.error(message, { connector: this.#unit.connector, error: error.message });
  }

  #report(inputs: PlanInputs): void {
    const { session, statuses } = this.#context;
    if (this.#grip === undefined) return;
    const plugin = pluginOf(this.#context, this.#unit.connector);
    statuses.report({
      unit: this.#unit,
      epoch: this.#grip.epoch,
      workerId: session.workerId,
      state: connectorState(inputs.target, this.#failure !== undefined),
      restartToken: inputs.restartToken,
      ...(this.#failure === undefined ? {} : { trace: this.#failure.trace }),
      ...(plugin === undefined ? {} : { pluginVersion: plugin.version }),
    });
  }
}

/** One run of a connector, its own watch with it: for one configuration and one start; undefined while it is paused or stopped. */
const watchKey = ({ target, configVersion, restartToken }: PlanInputs): string | undefined =>
  target === 'STARTED' ? `${String(configVersion)} ${String(restartToken)}` : undefined;
