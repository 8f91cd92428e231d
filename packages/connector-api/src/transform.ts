import type { ConfigDef, ConfigKeys, RawConfig } from '@headrace/foundation';
import type { ConnectRecord } from './record.ts';

/** One step over one record; null drops it. Pure but for caches by schema identity. Throws RecordError. */
export type Transform = <R extends ConnectRecord>(record: R) => R | null;

export type Predicate = (record: ConnectRecord) => boolean;

export interface TransformPlugin {
  readonly kind: 'transformation';
  readonly classNames: readonly string[];
  readonly version: string;
  /** Keys without the `transforms.<alias>.` prefix. */
  readonly config: ConfigDef<ConfigKeys>;
  create(raw: RawConfig): Transform;
}

export interface PredicatePlugin {
  readonly kind: 'predicate';
  readonly classNames: readonly string[];
  readonly version: string;
  readonly config: ConfigDef<ConfigKeys>;
  create(raw: RawConfig): Predicate;
}
