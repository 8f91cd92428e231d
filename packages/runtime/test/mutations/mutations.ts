/** One defect, put into a copy of the product on purpose. */
export interface Mutation {
  /** What the product does not do any more. */
  readonly what: string;
  /** Under packages/. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What holds it instead, where the simulation finds nothing. Left out: a simulation must break. */
  readonly heldBy?: string;
}

const worker = 'runtime/src/cluster/worker';
const leader = 'runtime/src/cluster/leader';

export const mutations: readonly Mutation[] = [
  {
    what: 'acquire without comparing that nobody owns the unit',
    file: `${worker}/ownership.ts`,
    find: '{ key: owner, exists: false },',
    replace: '',
  },
  {
    what: 'acquire without comparing the assignment',
    file: `${worker}/ownership.ts`,
    find: '{ key: this.#keys.assignment(unit), value: codecs.assignment.encode({ workerId }) },',
    replace: '',
  },
  {
    what: 'acquire without comparing the generation',
    file: `${worker}/ownership.ts`,
    find: '          premise.comparison,\n',
    replace: '',
  },
  {
    what: 'acquire while earlier tasks are not fenced',
    file: `${worker}/ownership.ts`,
    find: 'premise.comparison,\n          ...unfenced,',
    replace: 'premise.comparison,',
    heldBy: 'an order is given with the pointer alone, and the pointer is compared',
  },
  {
    what: 'acquire without comparing the member key',
    file: `${worker}/ownership.ts`,
    find: '          { key: this.#keys.member(workerId), createRevision: memberRevision },\n',
    replace: '',
    heldBy: 'etcd: the owner key carries the lease, and no key is taken under a lease that is gone',
  },
  {
    what: 'give a unit back without comparing the epoch',
    file: `${worker}/ownership.ts`,
    find: '{ if: [{ key: owner, modRevision: grip.epoch.revision }], then: [{ delete: owner }] }',
    replace: '{ if: [], then: [{ delete: owner }] }',
  },
  {
    what: 'drop an owner key whosever it is',
    file: `${worker}/ownership.ts`,
    find: 'if (entry === null || codecs.owner.decode(entry).session !== this.#session.leaseId) return;',
    replace: 'if (entry === null) return;',
  },
  {
    what: 'never drop an owner key that an unanswered acquisition left',
    file: `${worker}/reconciler.ts`,
    find: 'if (owner.session === session.leaseId) this.#ensure(scope, owner.unit);',
    replace: 'if (owner.session === "") this.#ensure(scope, owner.unit);',
    heldBy: 'cluster/store-hazards.test.ts; in the simulation one seed of some hundreds',
  },
  {
    what: 'confirm ownership without asking the store',
    file: `${worker}/ownership.ts`,
    find: 'if (await this.#holds(grip, grip.premise.comparison, signal)) return true;',
    replace: 'if (grip.epoch.revision > 0n) return true;',
  },
  {
    what: 'write a status without comparing the epoch',
    file: 'runtime/src/cluster/store/status-repository.ts',
    find: '{ key: this.#keys.owner(unit), modRevision: epoch.revision },',
    replace: '',
  },
  {
    what: 'publish the load of a task without comparing the epoch',
    file: 'runtime/src/cluster/load/load-board.ts',
    find: 'store.transact({ if: owners, then: operations }, signal)',
    replace: 'store.transact({ if: owners.slice(changes.length), then: operations }, signal)',
  },
  {
    what: 'weigh what a task moves',
    file: 'runtime/src/cluster/load/task-weight.ts',
    find: 'const measured = (loads.get(unitPath(unit)) ?? 0) / LOAD_UNIT;',
    replace: 'const measured = Math.min(0, loads.get(unitPath(unit)) ?? LOAD_UNIT);',
  },
  {
    what: 'lead without comparing the term',
    file: `${leader}/leader.ts`,
    find: 'if: [{ key: keys.leader, createRevision: term }, ...transaction.if]',
    replace: 'if: [...transaction.if]',
  },
  {
    what: 'take the lead without comparing that nobody has it',
    file: `${leader}/leader.ts`,
    find: '          { key: keys.leader, exists: false },\n',
    replace: '',
  },
  {
    what: 'take the order to fence away without fencing',
    file: `${leader}/fencing.ts`,
    find: 'await topicAdmin.fence(ids, signal, await reachedTopics(options, name, signal));',
    replace: 'await Promise.resolve();',
  },
  {
    what: 'give no order to fence when there are fewer tasks',
    file: 'runtime/src/cluster/planning/task-plan.ts',
    find: 'if (next.length < previous.length) return true;',
    replace: 'if (next.length < previous.length) return false;',
  },
  {
    what: 'go on with a task whose owner key is gone',
    file: `${worker}/wanted.ts`,
    find: 'grip !== undefined && model.revision >= grip.epoch.revision',
    replace: 'grip === undefined && model.revision >= 0n',
    heldBy: 'cluster/store-hazards.test.ts',
  },
  {
    what: 'stay a member when the member key is gone',
    file: `${worker}/presence.ts`,
    find: 'if (replica.isEmpty) return;',
    replace: 'if (replica.model.revision >= 0n) return;',
    heldBy: 'cluster/store-hazards.test.ts, by a restored etcd; else lost owner keys and the next renewal say the same',
  },
  {
    what: 'read the position before the ownership is confirmed',
    file: 'runtime/src/task/source-task-runner.ts',
    find: '  await requireOwnership(options, stop);\n  await using started',
    replace: '  await using started',
    heldBy: 'the writer: it confirms by itself after it took the producer id',
  },
  {
    what: 'let tasks of an unfenced target go on when the lease is in doubt',
    file: `${worker}/wanted.ts`,
    find: "return plugin?.kind === 'source' || plugin?.isFenced === true;",
    replace: 'return plugin !== undefined;',
  },
  {
    what: 'count the lease from the answer of a renewal',
    file: `${worker}/loop-lease-renewal.ts`,
    find: '    this.#renewedAt = sentAt;',
    replace: '    this.#renewedAt = { ...sentAt, monotonic: clock.monotonic(), sinceBoot: clock.sinceBoot() };',
    heldBy: 'cluster/worker/lease-keeper.test.ts; the margin is wider than a slow answer',
  },
  {
    what: 'open a task anew without confirming the ownership',
    file: 'runtime/src/task/session/run-with-restarts.ts',
    find: '      if (!isFirst) await requireOwnership(options, signal);\n',
    replace: '',
    heldBy: 'the writer: it confirms by itself before it takes the producer id',
  },
  {
    what: 'note topics of plain batches before they go there',
    file: 'runtime/src/task/source-task-runner.ts',
    find: 'if (this.#options.claimTopics === undefined) return;',
    replace: 'if (topics.size >= 0) return;',
  },
];
