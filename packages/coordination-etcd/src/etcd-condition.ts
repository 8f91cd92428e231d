import { toError, type Logger } from '@headrace/foundation';
import type { EtcdCoordinationStore } from './etcd-coordination-store.ts';
import { isCompaction } from './etcd-failure.ts';

/** Revisions that a cluster with auto-compaction never keeps: a day of ours makes far fewer. */
const REVISIONS_KEPT = 1_000_000n;
/** etcd's default quota is 2 GiB; it stops taking writes there. */
const LARGE_DATABASE_BYTES = 1_500_000_000;

/**
 * Says at start what would stop the cluster weeks later: a database near its quota, or one that is never compacted. Only
 * warns: etcd does not tell its settings over gRPC, so this looks at their effects.
 */
export const warnAboutEtcd = async (store: EtcdCoordinationStore, log: Logger): Promise<void> => {
  try {
    const status = await store.client.maintenance.status();
    const sizeBytes = Number(status.dbSize);
    if (sizeBytes > LARGE_DATABASE_BYTES) {
      log.warn('The etcd database is large. Defragment it and check --quota-backend-bytes: at its quota etcd takes no writes.', {
        sizeBytes,
      });
    }
    const revision = BigInt(status.header.revision);
    if (revision > REVISIONS_KEPT && (await canRead(store, revision - REVISIONS_KEPT))) {
      log.warn('etcd keeps old revisions. Start it with --auto-compaction-mode=periodic --auto-compaction-retention=1h.', {
        revision: String(revision),
      });
    }
  } catch (error) {
    log.warn('The condition of etcd could not be checked.', { error: toError(error).message });
  }
};

const canRead = async (store: EtcdCoordinationStore, revision: bigint): Promise<boolean> => {
  try {
    await store.client.kv.range({ key: Buffer.from('/'), revision: String(revision), count_only: true });
    return true;
  } catch (error) {
    if (isCompaction(error)) return false;
    throw error;
  }
};
