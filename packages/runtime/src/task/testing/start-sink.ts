import type { Clock } from '@headrace/foundation';
import { TaskRig, type RigOptions } from './task-rig.ts';

export interface SinkStart {
  readonly config?: Readonly<Record<string, string>>;
  /** Before the task starts. */
  readonly prepare?: (rig: TaskRig) => void;
  readonly options?: Partial<RigOptions>;
}

/** A task on `t-0` with these values, each under its own key. */
export const startSinkOn = <C extends Clock>(
  clock: C,
  values: readonly string[],
  { config = {}, prepare, options }: SinkStart = {},
): { readonly rig: TaskRig; readonly clock: C } => {
  const rig = new TaskRig();
  values.forEach((value, index) => {
    rig.kafka.produce('t', 0, `k${String(index)}`, value);
  });
  prepare?.(rig);
  rig.start('sink', config, { clock, ...options });
  return { rig, clock };
};

export const stop = async ({ rig }: { readonly rig: TaskRig }): Promise<void> => {
  rig.stop();
  await rig.ended;
};

export const putValues = (rig: TaskRig): string[] => rig.sink.puts.flat();
