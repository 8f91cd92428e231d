import type { Plugin } from '../plugins/plugin-registry.ts';
import { commonKeys } from './definitions/common-keys.ts';
import { sinkKeys } from './definitions/sink-keys.ts';
import { sourceKeys } from './definitions/source-keys.ts';
import { placeKeys } from './validate-key.ts';
import type { PlacedKey } from './validation.ts';

/** Every option of a plugin as `/connector-plugins/{name}/config` lists them: for a connector the framework's come first. */
export const pluginDefinitions = (plugin: Plugin): ReadonlyMap<string, PlacedKey> => {
  const framework =
    plugin.kind === 'source' ? { ...commonKeys, ...sourceKeys } : plugin.kind === 'sink' ? { ...commonKeys, ...sinkKeys } : {};
  return new Map([...Object.entries(framework), ...placeKeys(plugin.config.keys)]);
};
