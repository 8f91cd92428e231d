import { Type, type Static } from 'typebox';
import { nullable } from './json.ts';

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

/** Ours: who is in the cluster, who leads it, who owns what. */
export const clusterInfo = Type.Object({
  leader: nullable(Type.String({ description: 'worker_id of the leader; null while there is none.' })),
  members: Type.Array(
    Type.Object({
      worker_id: Type.String(),
      rest_url: Type.String(),
      started_at: Type.Integer({ description: 'Milliseconds since the epoch.' }),
    }),
  ),
  owners: Type.Array(
    Type.Object({
      connector: Type.String(),
      task: nullable(Type.Integer({ description: 'null: the connector itself.' })),
      worker_id: Type.String(),
      epoch: Type.String({ description: 'Ownership epoch; rises with each take-over.' }),
    }),
  ),
});
export type ClusterInfo = Static<typeof clusterInfo>;
