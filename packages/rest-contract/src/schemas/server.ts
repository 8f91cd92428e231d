import { Type, type Static } from 'typebox';
import { mapOf, nullable } from './json.ts';

export const serverInfo = Type.Object({ version: Type.String(), commit: Type.String(), kafka_cluster_id: Type.String() });
export type ServerInfo = Static<typeof serverInfo>;

export const workerStatus = Type.Object({
  status: Type.Enum(['healthy', 'starting', 'unhealthy'], { type: 'string' }),
  message: Type.String(),
});
export type WorkerStatus = Static<typeof workerStatus>;

/** The body of every error; `error_code` is the HTTP status. */
export const errorBody = Type.Object({ error_code: Type.Integer(), message: nullable(Type.String()) });
export type ErrorBody = Static<typeof errorBody>;

export const message = Type.Object({ message: Type.String() });
export type Message = Static<typeof message>;

export const pluginInfo = Type.Object({
  class: Type.String(),
  type: Type.Enum(['sink', 'source', 'transformation', 'predicate', 'converter', 'header_converter'], { type: 'string' }),
  version: Type.Optional(Type.String()),
});
export type PluginInfo = Static<typeof pluginInfo>;

/** Level of one logger; null: as the worker was started. */
export const loggerLevel = Type.Object({
  level: Type.String(),
  last_modified: nullable(Type.Integer({ description: 'Milliseconds since the epoch.' })),
});
export type LoggerLevel = Static<typeof loggerLevel>;

/** What is missing or unknown in it is refused with a sentence, not here. */
export const loggerLevelInput = Type.Object({ level: Type.Optional(nullable(Type.String())) });

const unit = {
  connector: Type.String(),
  task: nullable(Type.Integer({ description: 'null: the connector itself.' })),
};

/** Ours: who is in the cluster, who leads it, who owns what, and what moved last. */
export const clusterInfo = Type.Object({
  leader: nullable(Type.String({ description: 'worker_id of the leader; null while there is none.' })),
  members: Type.Array(
    Type.Object({
      worker_id: Type.String(),
      rest_url: Type.String(),
      started_at: Type.Integer({ description: 'Milliseconds since the epoch.' }),
      labels: mapOf(Type.String(), 'By name.'),
      is_draining: Type.Boolean({ description: 'It gets no units and gives away what it has.' }),
    }),
  ),
  owners: Type.Array(
    Type.Object({
      ...unit,
      worker_id: Type.String(),
      epoch: Type.String({ description: 'Ownership epoch; rises with each take-over.' }),
      since: nullable(Type.Integer({ description: 'Milliseconds since the epoch.' })),
      weight: Type.Integer({ description: 'What it counts for when loads are balanced: as configured, or 1 and one more for each MiB/s.' }),
      bytes_per_second: Type.Integer({ description: 'Measured, smoothed, and a power of two; 0 below 1 MiB/s.' }),
    }),
  ),
  moves: Type.Array(
    Type.Object({
      ...unit,
      from: nullable(Type.String({ description: 'worker_id; null: it had none.' })),
      to: Type.String(),
      reason: Type.String({ description: 'new, worker-gone, worker-leaves, placement or balance.' }),
      at: Type.Integer({ description: 'Milliseconds since the epoch.' }),
    }),
    { description: 'The last 100 changes of the assignment, newest first.' },
  ),
});
export type ClusterInfo = Static<typeof clusterInfo>;

export const reattached = Type.Object({ incarnation: Type.Integer({ description: 'Upper half of every epoch from now on.' }) });
