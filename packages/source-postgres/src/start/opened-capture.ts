import type { Client } from 'pg';
import type { ChangeReader } from '../change-reader.ts';
import type { Lsn } from '../lsn.ts';
import type { SnapshotReader } from '../snapshot/snapshot-reader.ts';
import type { SourceBlocks } from '../tables/source-block.ts';
import type { WalStream } from '../wal-stream.ts';
import type { StoredOffset } from './offset.ts';

/** The connections of one run of capture, and what reads from them. */
export interface OpenedCapture {
  /** Everything that has to be closed. */
  readonly resources: AsyncDisposableStack;
  /** For the catalog. */
  readonly client: Client;
  readonly sources: SourceBlocks;
  /** Up to where everything is durable. */
  readonly confirmedLsn: Lsn;
  readonly firstPhase: 'catch-up' | 'snapshot' | 'stream' | 'idle';
  /** Where streaming starts, or started. */
  from: StoredOffset;
  snapshot?: SnapshotReader;
  stream?: WalStream;
  reader?: ChangeReader;
}

/** A stream that starts between two transactions. */
export const streamStart = (startLsn: Lsn): StoredOffset => ({ startLsn, lastCommit: null, delivered: null, snapshot: null });
