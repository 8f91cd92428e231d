export { defineRoutes, type Route } from './route.ts';
export { routes } from './routes.ts';
export {
  type ActiveTopics,
  type ConfigInput,
  type ConnectorConfig,
  type ConnectorInfo,
  type ConnectorState,
  type ConnectorStateInfo,
  type CreateConnector,
  type ExpandedConnectors,
  type TaskId,
  type TaskInfo,
  type TaskState,
  type UnitState,
} from './schemas/connector.ts';
export type { Notification, SignalAccepted } from './schemas/messages.ts';
export type { ConnectorOffsets, OffsetsInput } from './schemas/offsets.ts';
export {
  errorBody,
  type ClusterInfo,
  type ErrorBody,
  type LoggerLevel,
  type Message,
  type PluginInfo,
  type ServerInfo,
  type WorkerStatus,
} from './schemas/server.ts';
export type { ConfigInfos, ConfigKeyInfo, ConfigValueInfo } from './schemas/validation.ts';
