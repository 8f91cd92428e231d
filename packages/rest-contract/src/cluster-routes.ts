import { Type } from 'typebox';
import { defineRoutes } from './route.ts';
import { reattached } from './schemas/server.ts';

const worker = Type.Object({ worker: Type.String({ description: 'worker_id, host:port.' }) });

/** What operators do to the cluster itself. */
export const clusterRoutes = defineRoutes({
  drainWorker: {
    method: 'PUT',
    path: '/cluster/workers/{worker}/drain',
    tag: 'Cluster',
    summary: 'Have a worker give its units away and get none, until it is restarted',
    params: worker,
    responses: { 202: null },
    errors: [404],
  },
  undrainWorker: {
    method: 'DELETE',
    path: '/cluster/workers/{worker}/drain',
    tag: 'Cluster',
    summary: 'Let a drained worker get units again',
    params: worker,
    responses: { 204: null },
    errors: [404],
  },
  reattachStore: {
    method: 'POST',
    path: '/cluster/reattach',
    tag: 'Cluster',
    summary: 'After etcd was restored from a backup: raise the incarnation, so that no used epoch is given out again',
    responses: { 200: reattached },
    errors: [],
  },
});
