import { abortable, systemClock, toError } from '@headrace/foundation';
import { routes, type ClusterInfo, type WorkerStatus } from '@headrace/rest-contract';
import type { ClusterView } from '@headrace/runtime';
import { startDeadline } from '../deadline.ts';
import { serverInfoOf, type RestDeps } from '../deps.ts';
import type { Serve } from '../serve.ts';

const HEALTH_TIMEOUT_MS = 10_000;
const STATUS_BY_HEALTH = { healthy: 200, starting: 503, unhealthy: 500 } as const;

/** `/`, `/health`, `/cluster` and what is below it. */
export const mountWorker = (serve: Serve, deps: RestDeps): void => {
  serve(routes.serverInfo, ({ reply }) => reply(200, serverInfoOf(deps)));
  serve(routes.health, async ({ reply }) => {
    const health = await healthOf(deps);
    return reply(STATUS_BY_HEALTH[health.status], health);
  });
  serve(routes.cluster, async ({ signal, reply }) => reply(200, clusterInfo(await deps.herder.cluster(signal))));
  serve(routes.drainWorker, async ({ params, signal, reply }) => {
    await deps.herder.drain(params.worker, true, signal);
    return reply(202);
  });
  serve(routes.undrainWorker, async ({ params, signal, reply }) => {
    await deps.herder.drain(params.worker, false, signal);
    return reply(204);
  });
  serve(routes.reattachStore, async ({ signal, reply }) => reply(200, { incarnation: await deps.herder.reattach(signal) }));
};

/** A worker that cannot even say how it is, is not well. */
const healthOf = async (deps: RestDeps): Promise<WorkerStatus> => {
  const message = `Worker did not answer its own health check within ${String(HEALTH_TIMEOUT_MS / 1_000)} s.`;
  using deadline = startDeadline(deps.clock ?? systemClock, HEALTH_TIMEOUT_MS, message);
  try {
    return await abortable(deps.health(deadline.signal), deadline.signal);
  } catch (error) {
    return { status: 'unhealthy', message: toError(error).message };
  }
};

const clusterInfo = (view: ClusterView): ClusterInfo => ({
  leader: view.leader ?? null,
  members: view.members.map((member) => ({
    worker_id: member.workerId,
    rest_url: member.restUrl,
    started_at: member.startedAt,
    labels: member.labels,
    is_draining: member.isDraining,
  })),
  owners: view.owners.map((owner) => ({
    connector: owner.connector,
    task: owner.task,
    worker_id: owner.workerId,
    epoch: owner.epoch,
    since: owner.since ?? null,
    weight: owner.weight,
    bytes_per_second: owner.bytesPerSecond,
  })),
  moves: [...view.moves],
});
