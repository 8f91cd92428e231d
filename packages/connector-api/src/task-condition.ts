import type { TargetCircuit } from './sink-connector.ts';
import type { SnapshotStatus } from './snapshot-status.ts';
import type { RecordLane } from './source-connector.ts';

/** What a running task says of itself beside its state; a part that it has not spoken of is left out. */
export interface TaskCondition {
  /** The way of its records, before it runs. */
  readonly lane?: RecordLane;
  /** Sources: how far the last snapshot since their start is, about once a second while one runs. */
  readonly snapshot?: SnapshotStatus;
  /** Sinks that tell how their target does: whenever that changes. */
  readonly circuit?: TargetCircuit;
}
