import type { ConfigKey, RawConfig } from '@headrace/foundation';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';

/** An option with its place among the others of its group; -1 where it has none. */
export type PlacedKey = ConfigKey & { readonly orderInGroup: number };

/** One entry of a validation result: Kafka Connect's ConfigInfo in our own words. */
export interface ValidatedKey {
  readonly name: string;
  /** null: nobody defines the key, but its value is unusable (null) or was refused. */
  readonly definition: PlacedKey | null;
  /** Text of the value in effect; null when it could not be parsed or there is none. Secrets are `[hidden]`. */
  readonly value: string | null;
  readonly recommendedValues: readonly string[];
  readonly errors: readonly string[];
  readonly isVisible: boolean;
}

export interface ValidationResult {
  /** Class the result is about, as the configuration names it; empty when it names none. */
  readonly name: string;
  readonly groups: readonly string[];
  readonly keys: readonly ValidatedKey[];
  /** Messages, not keys: one key may have several. */
  readonly errorCount: number;
}

/** Validates a whole connector configuration: framework keys, transforms, predicates, converters, the connector's own. Pure. */
export type ValidateConnector = (plugins: PluginRegistry, raw: RawConfig) => ValidationResult;
