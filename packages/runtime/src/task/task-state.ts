/**
 * The life of a task in its thread. Pure: the runner executes the reports that a transition asks for.
 *
 *     starting --opened--> running --pause--> pausing --flushed--> paused --resume--> running
 *        ^                    |                  |                   |
 *        |                    +------ broken ----+-------------------+
 *        +------ retry ---- retrying
 *
 *     any of these: stop -> stopping --ended--> stopped; failed -> failed; fenced -> fenced.
 *     The last three are final, so that after `failed`, `fenced` or `stopped` nothing follows.
 */
export type TaskState =
  | { readonly kind: 'starting'; readonly isPaused: boolean }
  | { readonly kind: 'retrying'; readonly isPaused: boolean }
  | { readonly kind: 'running' | 'pausing' | 'paused' | 'stopping' | 'failed' | 'fenced' | 'stopped' };

/**
 * opened: predecessor fenced, position found. flushed: all that was polled is durable. broken: a retriable failure, all
 * is closed. retry: its wait is over. ended: drained after a stop.
 */
export type TaskEvent = 'opened' | 'pause' | 'resume' | 'flushed' | 'broken' | 'retry' | 'stop' | 'ended' | 'failed' | 'fenced';

export type Report = 'running' | 'paused' | 'failed' | 'fenced' | 'stopped';

export interface Transition {
  readonly state: TaskState;
  /** What the listener is to be told, if anything. */
  readonly report?: Report;
}

export const initialState = (isPaused: boolean): TaskState => ({ kind: 'starting', isPaused });

export const nextState = (state: TaskState, event: TaskEvent): Transition => {
  if (isFinal(state)) return { state };
  switch (event) {
    case 'stop':
      return { state: { kind: 'stopping' } };
    case 'fenced':
      return { state: { kind: 'fenced' }, report: 'fenced' };
    case 'ended':
      return { state: { kind: 'stopped' }, report: 'stopped' };
    case 'failed':
      // A stop that could not drain is still a stop: what is missing is read again by the next owner.
      return state.kind === 'stopping'
        ? { state: { kind: 'stopped' }, report: 'stopped' }
        : { state: { kind: 'failed' }, report: 'failed' };
    default:
      return state.kind === 'stopping' ? { state } : working(state, event);
  }
};

const working = (state: TaskState, event: Exclude<TaskEvent, 'stop' | 'fenced' | 'ended' | 'failed'>): Transition => {
  switch (event) {
    case 'opened':
      return state.kind === 'starting' ? opened(state.isPaused) : { state };
    case 'flushed':
      return state.kind === 'pausing' ? { state: { kind: 'paused' }, report: 'paused' } : { state };
    case 'broken':
      return { state: { kind: 'retrying', isPaused: isPauseWanted(state) } };
    case 'retry':
      return state.kind === 'retrying' ? { state: { kind: 'starting', isPaused: state.isPaused } } : { state };
    case 'pause':
      return pause(state);
    case 'resume':
      return resume(state);
  }
};

const opened = (isPaused: boolean): Transition =>
  isPaused ? { state: { kind: 'paused' }, report: 'paused' } : { state: { kind: 'running' }, report: 'running' };

const pause = (state: TaskState): Transition => {
  if (state.kind === 'running') return { state: { kind: 'pausing' } };
  return { state: 'isPaused' in state ? { ...state, isPaused: true } : state };
};

/** A pause that was taken back before it was reported needs no report. */
const resume = (state: TaskState): Transition => {
  if (state.kind === 'paused') return { state: { kind: 'running' }, report: 'running' };
  if (state.kind === 'pausing') return { state: { kind: 'running' } };
  return { state: 'isPaused' in state ? { ...state, isPaused: false } : state };
};

export const isFinal = (state: TaskState): boolean => state.kind === 'failed' || state.kind === 'fenced' || state.kind === 'stopped';

export const isPauseWanted = (state: TaskState): boolean =>
  state.kind === 'pausing' || state.kind === 'paused' || ('isPaused' in state && state.isPaused);
