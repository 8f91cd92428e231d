/**
 * Places where a worker's death would hurt most. With `CRASH_POINT=<name>` or `<name>:<n>` in its environment, a process dies
 * (SIGKILL) the n-th time one of its threads comes by: that is how tests prove what a restart finds. `<name>:<n>:SIGSTOP`: it
 * freezes instead, until somebody continues it. Never set in production.
 *
 *   take-over.owner-written   etcd has this worker as the owner of a task, nothing else knows of it
 *   take-over.before-producer it is confirmed as the owner, Kafka still takes what its predecessor sends
 *   take-over.after-producer  the producer id is taken, the ownership is not confirmed again
 *   take-over.before-markers  it is confirmed again, no partition has a marker of the new epoch
 *   take-over.after-markers   Kafka refuses its predecessor, no position is read
 *   take-over.started         the source is open at its position, nothing of it is taken
 *   snapshot.mid-chunk        some rows of a range are on their way, not all
 *   snapshot.between-chunks   a range is read
 *   snapshot.hand-over        all rows are handed out, streaming has not begun
 *   writer.before-produce     a batch is encoded, nothing of it is sent
 *   writer.before-commit      Kafka has records and positions of an open transaction
 *   writer.after-commit       the transaction is committed, the source has not heard of it
 *   sink.fence-held           the target's transaction is open and holds the position rows, no row is written
 *   sink.before-commit        rows and positions are written in the open transaction of the target
 *   sink.after-commit         they are committed, the task does not act on it any more
 */
export type CrashPoint =
  | 'take-over.owner-written'
  | 'take-over.before-producer'
  | 'take-over.after-producer'
  | 'take-over.before-markers'
  | 'take-over.after-markers'
  | 'take-over.started'
  | 'snapshot.mid-chunk'
  | 'snapshot.between-chunks'
  | 'snapshot.hand-over'
  | 'writer.before-produce'
  | 'writer.before-commit'
  | 'writer.after-commit'
  | 'sink.fence-held'
  | 'sink.before-commit'
  | 'sink.after-commit';

const [wanted, nth = '1', signal = 'SIGKILL'] = (process.env['CRASH_POINT'] ?? '').split(':');
let left = Number(nth);

export const crashPoint = (name: CrashPoint): void => {
  if (name !== wanted) return;
  left -= 1;
  // Once: what comes by after somebody has continued it goes on.
  if (left === 0) process.kill(process.pid, signal);
};
