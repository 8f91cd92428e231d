import { systemCode, toError } from '@headrace/foundation';
import type { TaskFailureReport, TaskSpec } from '@headrace/ports';
import { errors } from '../errors.ts';
import type { Excess } from './task-watchdog.ts';

const nameOf = ({ id }: TaskSpec): string => `${id.connector}-${String(id.task)}`;

const reportOf = (code: string, message: string, stack = ''): TaskFailureReport => ({
  code,
  message,
  trace: `TaskFailure: ${message}${stack}`.slice(0, 8_192),
});

/** Why a task was ended that did not yield, or grew. */
export const excessReport = (excess: Excess, spec: TaskSpec, buffersMb: number): TaskFailureReport => {
  if (excess.kind === 'unresponsive') {
    const { code, hint } = errors.task_unresponsive;
    const message = `Task ${nameOf(spec)} did not yield for ${String(excess.forMs / 1_000)} s and was ended. ${hint}`;
    return reportOf(code, message);
  }
  const { code, hint } = errors.task_buffers_exceeded;
  const held = String(Math.round(excess.bytes / 1_048_576));
  const message = `Task ${nameOf(spec)} held ${held} MiB of buffers, more than its ${String(buffersMb)} MiB, and was ended. ${hint}`;
  return reportOf(code, message);
};

export const crashReport = (error: unknown, spec: TaskSpec, heapMb: number): TaskFailureReport => {
  if (systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') {
    const { code, hint } = errors.task_out_of_memory;
    const message = `Task ${nameOf(spec)} needed more than its ${String(heapMb)} MiB of heap and was ended. ${hint}`;
    return reportOf(code, message);
  }
  const { code, hint } = errors.task_crashed;
  const cause = toError(error);
  const message = `The thread of task ${nameOf(spec)} crashed: ${cause.message}. ${hint}`;
  return reportOf(code, message, `\n${cause.stack ?? ''}`);
};
