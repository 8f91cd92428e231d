import type { RawConfig } from '@headrace/foundation';

/** Kafka's group with the offsets of a sink, for its tasks and for REST: `connect-<name>`, unless the connector names its own. */
export const sinkGroup = (connector: string, raw: RawConfig): string => raw['consumer.override.group.id'] ?? `connect-${connector}`;
