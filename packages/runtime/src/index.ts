export { clusterErrors } from './cluster/errors.ts';
export {
  createClusterWorker,
  type ClusterWorkerHandle,
  type CreateClusterWorker,
  type OwnConnector,
} from './cluster/create-cluster-worker.ts';
export { renewInLoop } from './cluster/worker/loop-lease-renewal.ts';
export { labelsProblem, parseLabels } from './cluster/placement.ts';
export { transactionalId } from './cluster/transactional-id.ts';
export { connectorErrors } from './herder/errors.ts';
export { allowAllOverrides, type OverridePolicy } from './config/client-overrides.ts';
export { configErrors } from './config/config-errors.ts';
export type { KafkaClient } from './config/definitions/client-keys.ts';
export { topicCreationKeys } from './config/definitions/topic-creation-keys.ts';
export { defaultProviders, hasPlaceholder } from './config/placeholders.ts';
export { pluginDefinitions } from './config/plugin-definitions.ts';
export { aliasesIn, canonicalName, DEFAULT_HEADER_CONVERTER } from './config/plugin-keys.ts';
export { satisfiesVersion } from './config/plugin-version.ts';
export { invalidConfigMessage, problemsOf, requireValid } from './config/problems.ts';
export { topicsPattern } from './config/topics-pattern.ts';
export { createValidator, validateConnector, type ValidatorOptions } from './config/validate-connector.ts';
export { textOf, type ConfigValue } from './config/validate-key.ts';
export type { PlacedKey, ValidatedKey, ValidateConnector, ValidationResult } from './config/validation.ts';
export type {
  ClusterMember,
  ClusterMove,
  ClusterOwner,
  ClusterView,
  ConnectorConfig,
  ConnectorInfo,
  ConnectorKind,
  ConnectorOffsets,
  ConnectorStatus,
  CreateConnector,
  Herder,
  OffsetsAlteration,
  RestartOptions,
  TargetState,
  TaskInfo,
  UnitState,
  UnitStatus,
} from './herder/herder.ts';
export { createPluginRegistry, type ConnectorPlugin, type Plugin, type PluginRegistry } from './plugins/plugin-registry.ts';
export { taskErrors } from './task/errors.ts';
export { placeholderResolver, propertiesOf } from './task/session/resolve-placeholders.ts';
export type { TaskRunnerDeps } from './task/assembly/task-parts.ts';
export { chosenConverter } from './task/record/task-converters.ts';
export { createTaskRunner, type TaskRunner } from './task/task-runner.ts';
