import { hasReaction, isAbort, linkSignal, Stopped, toError } from '@headrace/foundation';
import type { TaskEvents, TaskSpec } from '@headrace/ports';
import { runTask } from './assembly/run-task.ts';
import type { TaskRunnerDeps } from './assembly/task-parts.ts';
import { failureReport } from './session/failure-report.ts';
import { TaskLife } from './session/task-life.ts';
import type { Report } from './task-state.ts';

/** A task in its thread. `run` resolves when it has ended, however: how it did is told by the events. */
export interface TaskRunner {
  run(signal: AbortSignal): Promise<void>;
  pause(): void;
  resume(): void;
}

/** Assembles a task from its configuration and runs it; called once per task, in the task's own thread. */
export const createTaskRunner = (spec: TaskSpec, events: TaskEvents, deps: TaskRunnerDeps): TaskRunner => {
  let failure: unknown;
  const life = new TaskLife(spec.isPaused, (report) => {
    tell(events, report, failure);
  });
  return {
    pause: () => {
      life.send('pause');
    },
    resume: () => {
      life.send('resume');
    },
    run: async (stop) => {
      using ending = linkSignal(stop);
      const { signal } = ending;
      const onStop = (): void => {
        life.send('stop');
      };
      signal.addEventListener('abort', onStop, { once: true });
      if (signal.aborted) onStop();
      try {
        const reload = (): void => {
          ending.abort(new Stopped('reconfigured'));
        };
        await runTask({ spec, events, deps, life, reload }, signal);
        life.send('ended');
      } catch (error) {
        failure = error;
        if (hasReaction(error, 'fenced')) life.send('fenced');
        else if (signal.aborted && isAbort(error)) life.send('ended');
        else {
          if (signal.aborted)
            deps.log.warn('Task ended before all was durable; the rest is read again.', { error: toError(error).message });
          life.send('failed');
        }
      } finally {
        signal.removeEventListener('abort', onStop);
        ending.abort(new Stopped('done'));
      }
    },
  };
};

const tell = (events: TaskEvents, report: Report, failure: unknown): void => {
  if (report === 'failed') events.failed(failureReport(failure));
  else events[report]();
};
