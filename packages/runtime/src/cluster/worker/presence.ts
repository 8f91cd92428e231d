import { FencedError, Wakeup, type Service } from '@headrace/foundation';
import { clusterErrors } from '../errors.ts';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Membership } from './membership.ts';
import type { Session } from './session.ts';

export interface PresenceOptions {
  readonly session: Session;
  readonly replica: ClusterReplica;
  readonly membership: Membership;
}

/**
 * Watches that this session is still a member. etcd may end a lease early, and the next renewal may be seconds away: the
 * missing key tells sooner. Rejects with FencedError.
 */
export class Presence implements Service {
  readonly name = 'presence';
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { replica } = this.#options;
    const news = new Wakeup();
    const unsubscribe = replica.onChange(() => {
      news.wake();
    });
    try {
      while (!signal.aborted) {
        this.#check();
        await news.wait(signal);
      }
    } finally {
      unsubscribe();
    }
  }

  #check(): void {
    const { membership, replica, session } = this.#options;
    if (replica.isEmpty) return;
    const { incarnation, members, revision } = replica.model;
    membership.saw(revision);
    const isMember = members.get(session.workerId)?.createRevision === session.memberRevision;
    if (incarnation === session.incarnation && (isMember || revision < session.memberRevision)) return;
    throw new FencedError(clusterErrors.expelled.code, `${clusterErrors.expelled.meaning} ${clusterErrors.expelled.hint}`);
  }
}
