import type { Plugin } from '../plugins/plugin-registry.ts';
import { commonKeys } from './definitions/common-keys.ts';
import { sinkKeys } from './definitions/sink-keys.ts';
import { sourceKeys } from './definitions/source-keys.ts';
import { placeKeys } from './validate-key.ts';
import type { PlacedKey } from './validation.ts';

/** Every option of a plugin as `/connector-plugins/{name}/config` lists them: for a connector its own come first, as in Kafka Connect. */
export const pluginDefinitions = (plugin: Plugin): ReadonlyMap<string, PlacedKey> => {
  const framework =
    plugin.kind === 'source' ? { ...commonKeys, ...sourceKeys } : plugin.kind === 'sink' ? { ...commonKeys, ...sinkKeys } : {};
  const own = placeKeys(plugin.config.keys);
  const names = new Set(own.map(([name]) => name));
  return new Map([...own, ...Object.entries(framework).filter(([name]) => !names.has(name))]);
};
