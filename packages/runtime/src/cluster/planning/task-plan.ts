import { createHash } from 'node:crypto';
import { TaskFailure, type RawConfig } from '@headrace/foundation';
import type { TopicAdmin } from '@headrace/ports';
import type { ConnectorPlugin, PluginRegistry } from '../../plugins/plugin-registry.ts';
import type { ResolveConfig } from '../../task/session/resolve-placeholders.ts';
import { clusterErrors } from '../errors.ts';
import type { ConnectorModel } from '../store/cluster-model.ts';
import type { TaskPlan, TaskValue } from '../store/values.ts';
import { planPartitions } from './partition-plan.ts';
import { subscribedPartitions } from './subscribed-partitions.ts';

export interface PlanningParts {
  readonly plugins: PluginRegistry;
  readonly topicAdmin: TopicAdmin;
  /** The names of topics may be behind placeholders. What it gives out is not stored. */
  readonly resolveConfig: ResolveConfig;
}

/** The tasks a connector should have now. TaskFailure when its configuration allows none, RetriableError without Kafka. */
export const planTasks = async (
  connector: ConnectorModel,
  { plugins, topicAdmin, resolveConfig }: PlanningParts,
  signal: AbortSignal,
): Promise<readonly TaskPlan[]> => {
  const { config } = connector.config;
  const plugin = plugins.connector(config['connector.class'] ?? '');
  if (plugin === undefined) throw unknownPlugin(connector);
  const maxTasks = Math.max(1, Number(config['tasks.max'] ?? '1'));
  if (plugin.kind === 'sink') {
    const partitions = await subscribedPartitions(topicAdmin, await resolveConfig(config), signal);
    const previous = [...connector.tasks].sort(([a], [b]) => a - b).map(([, task]) => task.partitions);
    return planPartitions(partitions, maxTasks, previous).map((own) => taskOf(plugin, config, {}, own));
  }
  const planned = plugin.planTasks(config, maxTasks);
  if (planned.length > maxTasks && config['tasks.max.enforce'] !== 'false') {
    throw new TaskFailure(
      clusterErrors.too_many_tasks.code,
      `Connector "${connector.name}" planned ${String(planned.length)} tasks, but tasks.max is ${String(maxTasks)}. Raise tasks.max.`,
    );
  }
  return planned.map((own) => taskOf(plugin, config, own, {}));
};

/** A task gets the connector's whole configuration with what was planned for it on top. */
const taskOf = (plugin: ConnectorPlugin, config: RawConfig, planned: RawConfig, partitions: TaskPlan['partitions']): TaskPlan => ({
  config: { ...config, ...planned, 'task.class': (plugin.classNames[0] ?? plugin.name).replace(/(Connector)?$/, 'Task') },
  partitions,
});

const unknownPlugin = (connector: ConnectorModel): TaskFailure =>
  new TaskFailure(
    clusterErrors.unknown_plugin.code,
    `No plugin of this worker is a connector of class "${connector.config.config['connector.class'] ?? ''}". Correct connector.class of "${connector.name}".`,
  );

/** Of everything a task is made of: equal hashes need no restart. */
export const planHash = (tasks: readonly TaskPlan[]): string => {
  const ordered = tasks.map(({ config, partitions }) => [sorted(config), sorted(partitions)]);
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url');
};

const sorted = (object: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * Whether tasks of the previous generation could, if they went on, disturb others of the next: there are fewer now, or
 * what one of several did may be another's now. A task that only goes on under the same number fences its former self,
 * and one that only got more to read takes nothing from the others.
 */
export const mustFence = (previous: readonly TaskPlan[], next: readonly TaskPlan[]): boolean => {
  if (next.length < previous.length) return true;
  if (previous.length === 1 && next.length === 1) return false;
  return previous.some((task, index) => !hasOnlyGrown(task, next[index] ?? task));
};

const hasOnlyGrown = (before: TaskPlan, after: TaskPlan): boolean => {
  if (planHash([{ ...before, partitions: {} }]) !== planHash([{ ...after, partitions: {} }])) return false;
  return Object.entries(before.partitions).every(([topic, numbers]) => {
    const kept = new Set(after.partitions[topic]);
    return numbers.every((partition) => kept.has(partition));
  });
};

/** The plan as it is stored: tasks that stay as they were keep the generation they are from, unless all are fenced. */
export const datedTasks = (
  previous: ReadonlyMap<number, TaskValue>,
  next: readonly TaskPlan[],
  generation: number,
): readonly TaskValue[] => {
  const former = [...previous].sort(([a], [b]) => a - b).map(([, task]) => task);
  const isFenced = mustFence(former, next);
  return next.map((task, number) => {
    const before = previous.get(number);
    const isSame = !isFenced && before !== undefined && planHash([before]) === planHash([task]);
    return { ...task, since: isSame ? before.since : generation };
  });
};
