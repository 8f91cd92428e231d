import { weightOf } from '../cluster/load/task-weight.ts';
import { isDraining, type ClusterModel } from '../cluster/store/cluster-model.ts';
import { codecs } from '../cluster/store/values.ts';
import type { ConnectorStore } from './connector-store.ts';
import { conflict, workerNotFound } from './errors.ts';
import type { ClusterView } from './herder.ts';

/** What operators see of the cluster itself and do to it. */
export class ClusterOperations {
  readonly #connectors: ConnectorStore;

  constructor(connectors: ConnectorStore) {
    this.#connectors = connectors;
  }

  async view(signal: AbortSignal): Promise<ClusterView> {
    const model = await this.#connectors.readAll(signal);
    const journal = await this.#connectors.get(this.#connectors.keys.moves, signal);
    return viewOf(model, journal === null ? [] : codecs.moves.decode(journal).moves.toReversed());
  }

  async drain(workerId: string, isWanted: boolean, signal: AbortSignal): Promise<void> {
    const { keys } = this.#connectors;
    const { members } = await this.#connectors.readAll(signal);
    const member = members.get(workerId);
    if (member === undefined) throw workerNotFound(workerId);
    const value = codecs.drain.encode({ memberRevision: String(member.createRevision) });
    const change = isWanted ? { put: keys.drain(workerId), value } : { delete: keys.drain(workerId) };
    const isSame = { key: keys.member(workerId), createRevision: member.createRevision };
    if (!(await this.#connectors.transact({ if: [isSame], then: [change] }, signal))) throw workerNotFound(workerId);
  }

  async reattach(signal: AbortSignal): Promise<number> {
    const { keys } = this.#connectors;
    const entry = await this.#connectors.get(keys.incarnation, signal);
    const incarnation = (entry === null ? 1 : codecs.incarnation.decode(entry).incarnation) + 1;
    const raised = { put: keys.incarnation, value: codecs.incarnation.encode({ incarnation }) };
    const isSame = { key: keys.incarnation, modRevision: entry?.modRevision ?? 0n };
    if (!(await this.#connectors.transact({ if: [isSame], then: [raised] }, signal))) throw conflict();
    return incarnation;
  }
}

/** What a model says of the cluster; the moves are kept apart from it. */
export const viewOf = (model: ClusterModel, moves: ClusterView['moves'] = []): ClusterView => ({
  leader: model.leader?.workerId,
  assignedAt: Number([...model.assignment.values()].reduce((newest, { modRevision }) => (modRevision > newest ? modRevision : newest), 0n)),
  members: [...model.members].map(([workerId, { restUrl, startedAt, labels = {} }]) => ({
    workerId,
    restUrl,
    startedAt,
    labels,
    isDraining: isDraining(model, workerId),
  })),
  owners: [...model.owners].map(([path, { unit, workerId, modRevision, since }]) => ({
    ...unit,
    workerId,
    epoch: String(modRevision),
    since,
    weight: weightOf(model, unit).total,
    bytesPerSecond: model.loads.get(path) ?? 0,
  })),
  moves,
});
