/**
 * A snapshot with what an interrupted one has to make good first. Rows given out by the earlier run belong to its place in
 * the log; the new run's view belongs to a later one. So:
 *
 *   1. open the new view, which belongs to place P
 *   2. the log from where the earlier run was, up to P exactly: changes and deletes of rows already given out
 *   3. the pieces that are still to be read, from the new view; then the log goes on from P
 *
 * No key goes backwards, no delete is lost, and finished pieces are not read again.
 */
import type { JsonMap } from '@headrace/connector-api';
import type { SourceGauges } from '@headrace/cdc';
import type { ChangeBatch } from '../streaming/change-batch.ts';
import type { LogCapture } from '../streaming/log-capture.ts';
import { offsetOf, type ResumePoint } from '../streaming/log-position.ts';
import type { Snapshot } from './snapshot.ts';
import { unfinishedKeys, type InterruptedSnapshot, type Selects, type SnapshotKind } from './unfinished-snapshot.ts';

export class SnapshotPhase implements Disposable {
  readonly #snapshot: Snapshot;
  readonly #kind: SnapshotKind;
  readonly #selects: Selects;
  #catchUp: LogCapture | undefined;

  /** `catchUp` reads up to the snapshot's place. */
  constructor(snapshot: Snapshot, catchUp: LogCapture | undefined, interrupted: InterruptedSnapshot | null) {
    this.#snapshot = snapshot;
    this.#catchUp = catchUp;
    this.#kind = interrupted?.kind ?? 'INITIAL';
    this.#selects = interrupted?.selects ?? {};
  }

  get kind(): SnapshotKind {
    return this.#kind;
  }

  /** Tells how far it is. */
  tell(gauges: SourceGauges): void {
    const { scanned, pieces } = this.#snapshot;
    gauges.snapshotRead(scanned, new Set(pieces.map(({ table }) => table)).size);
  }

  get isDone(): boolean {
    return this.#snapshot.isDone;
  }

  /** Where the log goes on once the snapshot is done. */
  get end(): ResumePoint {
    return { ...this.#snapshot.position, events: 0, rows: 0, told: {} };
  }

  async read(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    const catchUp = this.#catchUp;
    if (catchUp === undefined) {
      await this.#snapshot.read(signal);
      return;
    }
    await catchUp.read(batch, signal);
    const { file, position } = this.#snapshot.position;
    if (batch.isFull || !catchUp.position.hasReached(file, position)) return;
    catchUp[Symbol.dispose]();
    this.#catchUp = undefined;
  }

  /** What is to be stored with the rows read so far. */
  offset(seconds: number): JsonMap {
    const place = this.#catchUp?.position.offset() ?? offsetOf(this.end, 0, seconds);
    if (this.isDone) return place;
    const { pieces, scanned } = this.#snapshot;
    return { ...place, ...unfinishedKeys({ kind: this.#kind, pieces, selects: this.#selects, scanned }) };
  }

  [Symbol.dispose](): void {
    this.#catchUp?.[Symbol.dispose]();
    this.#snapshot[Symbol.dispose]();
  }
}
