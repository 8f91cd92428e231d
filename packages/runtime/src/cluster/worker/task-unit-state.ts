/**
 * What a worker does about one task, from what it holds and what the cluster wants. Level-triggered: each step is chosen
 * from the present alone, so a missed or repeated event changes nothing.
 *
 *     vacant ──acquire──> running ──stop──> ended ──release──> vacant ──(an owner key of ours is left)──drop──> vacant
 *                            └─(failed, fenced or stopped by itself)──^
 *
 * A failed task stays as it is, owned, until it is restarted, reconfigured or taken away. Every other end gives the
 * ownership back: whether the task is still ours is for the next acquisition to find out, in its transaction.
 */
export type HeldTask =
  | { readonly kind: 'vacant' }
  | ({ readonly kind: 'running'; readonly isPaused: boolean } & TaskRun)
  | ({ readonly kind: 'ended'; readonly cause: 'failed' | 'fenced' | 'stopped' } & TaskRun);

/** What a start was based on. */
export interface TaskRun {
  /** The one that last changed the task. */
  readonly generation: number;
  readonly restartToken: number;
}

export type WantedTask =
  | {
      readonly kind: 'none';
      /** The store says that this session owns it all the same. */
      readonly isOwnedHere: boolean;
    }
  | ({
      readonly kind: 'task';
      readonly isPaused: boolean;
      /** Nobody else has it, and no earlier generation is still to be fenced. */
      readonly isFree: boolean;
    } & TaskRun);

export type TaskStep = 'wait' | 'acquire' | 'pause' | 'resume' | 'stop' | 'release' | 'drop';

export const nextTaskStep = (held: HeldTask, wanted: WantedTask): TaskStep => {
  switch (held.kind) {
    case 'vacant':
      if (wanted.kind === 'none') return wanted.isOwnedHere ? 'drop' : 'wait';
      return wanted.isFree ? 'acquire' : 'wait';
    case 'running':
      if (!isSameRun(held, wanted)) return 'stop';
      if (held.isPaused === wanted.isPaused) return 'wait';
      return wanted.isPaused ? 'pause' : 'resume';
    case 'ended':
      return held.cause === 'failed' && isSameRun(held, wanted) ? 'wait' : 'release';
  }
};

export const isSameRun = (held: TaskRun, wanted: WantedTask): wanted is Extract<WantedTask, { readonly kind: 'task' }> =>
  wanted.kind === 'task' && wanted.generation === held.generation && wanted.restartToken === held.restartToken;
