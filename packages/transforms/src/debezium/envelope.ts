import { Struct, type ConnectRecord, type Transform, type TransformPlugin } from '@headrace/connector-api';
import type { ConfigDef, ConfigKeys, RawConfig } from '@headrace/foundation';

/** A transform of Debezium, under its class name below `io.debezium.transforms.`. */
export const debeziumTransform = <K extends ConfigKeys>(
  name: string,
  config: ConfigDef<K>,
  create: (raw: RawConfig) => Transform,
): TransformPlugin => ({ kind: 'transformation', classNames: [`io.debezium.transforms.${name}`], version: '0.1.0', config, create });

/** The change event that a record holds; undefined when it holds something else. */
export const changeEventOf = ({ value, valueSchema }: ConnectRecord): Struct | undefined =>
  value instanceof Struct && valueSchema?.name?.endsWith('.Envelope') === true ? value : undefined;

/** A row image of an event; null when it has none. */
export const imageOf = (event: Struct, image: 'before' | 'after'): Struct | null => {
  const row = event.get(image);
  return row instanceof Struct ? row : null;
};
