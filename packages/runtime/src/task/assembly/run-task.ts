import { systemClock } from '@headrace/foundation';
import type { TaskEvents, TaskSpec } from '@headrace/ports';
import { unknownPlugin } from '../record/transform-chain.ts';
import { isReloaded, untilSecretsChange } from '../session/config-reload.ts';
import { placeholderResolver } from '../session/resolve-placeholders.ts';
import type { TaskLife } from '../session/task-life.ts';
import { runSink } from './sink-assembly.ts';
import { runSource } from './source-assembly.ts';
import { TaskParts, type TaskRunnerDeps } from './task-parts.ts';

export interface TaskToRun {
  readonly spec: TaskSpec;
  readonly events: TaskEvents;
  readonly deps: TaskRunnerDeps;
  readonly life: TaskLife;
  /** What the task was made of has changed: it is to end in order and to be started anew. */
  reload(): void;
}

/** Puts one task together from its configuration (plugin, converters, transforms, error policy, guarantee) and runs it. */
export const runTask = async (task: TaskToRun, signal: AbortSignal): Promise<void> => {
  const { spec, events, deps, life } = task;
  const resolve = deps.resolveConfig ?? placeholderResolver(deps.workerConfig);
  const raw = await resolve(spec.config);
  if (isReloaded(spec.config)) {
    untilSecretsChange({ raw: spec.config, resolved: raw, resolve, clock: deps.clock ?? systemClock }, signal).then(
      () => {
        deps.log.info('A value behind a placeholder has changed: the task starts again with the new one.', { ...spec.id });
        task.reload();
      },
      () => undefined,
    );
  }
  const className = raw['connector.class'] ?? '';
  const plugin = deps.plugins.connector(className);
  if (plugin === undefined) throw unknownPlugin('connector.class', className);
  const parts = new TaskParts(spec, events, deps, raw);
  await (plugin.kind === 'source' ? runSource(plugin, parts, life, signal) : runSink(plugin, parts, life, signal));
};
