import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialState, isFinal, nextState, type TaskEvent, type TaskState } from './task-state.ts';

const events = ['opened', 'pause', 'resume', 'flushed', 'broken', 'retry', 'stop', 'ended', 'failed', 'fenced'] as const;

/** State and report of each event; `-`: nothing changes, nothing is said. */
const table: Record<string, Record<TaskEvent, string>> = {
  starting: {
    opened: 'running/running',
    pause: 'starting+',
    resume: '-',
    flushed: '-',
    broken: 'retrying',
    retry: '-',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  'starting+': {
    opened: 'paused/paused',
    pause: '-',
    resume: 'starting',
    flushed: '-',
    broken: 'retrying+',
    retry: '-',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  running: {
    opened: '-',
    pause: 'pausing',
    resume: '-',
    flushed: '-',
    broken: 'retrying',
    retry: '-',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  pausing: {
    opened: '-',
    pause: '-',
    resume: 'running',
    flushed: 'paused/paused',
    broken: 'retrying+',
    retry: '-',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  paused: {
    opened: '-',
    pause: '-',
    resume: 'running/running',
    flushed: '-',
    broken: 'retrying+',
    retry: '-',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  retrying: {
    opened: '-',
    pause: 'retrying+',
    resume: '-',
    flushed: '-',
    broken: '-',
    retry: 'starting',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  'retrying+': {
    opened: '-',
    pause: '-',
    resume: 'retrying',
    flushed: '-',
    broken: '-',
    retry: 'starting+',
    stop: 'stopping',
    ended: 'stopped/stopped',
    failed: 'failed/failed',
    fenced: 'fenced/fenced',
  },
  stopping: {
    opened: '-',
    pause: '-',
    resume: '-',
    flushed: '-',
    broken: '-',
    retry: '-',
    stop: '-',
    ended: 'stopped/stopped',
    failed: 'stopped/stopped',
    fenced: 'fenced/fenced',
  },
  failed: { opened: '-', pause: '-', resume: '-', flushed: '-', broken: '-', retry: '-', stop: '-', ended: '-', failed: '-', fenced: '-' },
  fenced: { opened: '-', pause: '-', resume: '-', flushed: '-', broken: '-', retry: '-', stop: '-', ended: '-', failed: '-', fenced: '-' },
  stopped: { opened: '-', pause: '-', resume: '-', flushed: '-', broken: '-', retry: '-', stop: '-', ended: '-', failed: '-', fenced: '-' },
};

const nameOf = (state: TaskState): string => state.kind + ('isPaused' in state && state.isPaused ? '+' : '');
const stateOf = (name: string): TaskState => {
  const kind = name.replace('+', '') as TaskState['kind'];
  return kind === 'starting' || kind === 'retrying' ? { kind, isPaused: name.endsWith('+') } : { kind };
};

describe('The state of a task', () => {
  test.each(Object.keys(table).flatMap((state) => events.map((event) => [state, event] as const)))(
    '%s on %s follows the table',
    (state, event) => {
      const { state: reached, report } = nextState(stateOf(state), event);
      const text = nameOf(reached) + (report === undefined ? '' : `/${report}`);
      expect(text).toBe(table[state]?.[event] === '-' ? state : table[state]?.[event]);
    },
  );

  test('reports exactly one end on any walk, and nothing after it', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.constantFrom(...events), { maxLength: 40 }), (isPaused, walk) => {
        let state = initialState(isPaused);
        const reports: string[] = [];
        for (const event of walk) {
          const transition = nextState(state, event);
          state = transition.state;
          if (transition.report !== undefined) reports.push(transition.report);
        }
        const ends = reports.filter((report) => report === 'failed' || report === 'fenced' || report === 'stopped');
        expect(ends).toHaveLength(isFinal(state) ? 1 : 0);
        if (ends.length > 0) expect(reports.at(-1)).toBe(ends[0]);
      }),
    );
  });
});
