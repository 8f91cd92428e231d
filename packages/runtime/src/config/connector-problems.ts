import { hasReaction, toError, type ConfigKeys, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import type { ConnectorPlugin } from '../plugins/plugin-registry.ts';
import { hasPlaceholder } from './placeholders.ts';

const TEXT_TYPES: readonly string[] = ['STRING', 'PASSWORD', 'LIST', 'CLASS'];

/**
 * What the connector itself has against its configuration. It is asked only when each of its keys is right by itself, for
 * it gets typed values. Placeholders are unknown here: those of numbers and booleans are left out where there is a default,
 * and what the connector says about a key that holds one does not count.
 */
export const connectorProblems = (connector: ConnectorPlugin, raw: RawConfig): readonly ConfigProblem[] => {
  if (connector.validate === undefined) return [];
  const keys: ConfigKeys = connector.config.keys;
  const isUnknown = (name: string): boolean => hasPlaceholder(raw[name] ?? '');
  const deferred = Object.keys(keys).filter((name) => isUnknown(name) && !TEXT_TYPES.includes(keys[name]?.type ?? ''));
  if (deferred.some((name) => keys[name]?.default === undefined)) return [];
  try {
    const known = Object.fromEntries(Object.entries(raw).filter(([name]) => !deferred.includes(name)));
    const { values, problems } = connector.config.parse(known);
    if (problems.length > 0) return [];
    return connector.validate(values, raw).filter((problem) => !isUnknown(problem.key));
  } catch (error) {
    if (hasReaction(error, 'config')) return (error as unknown as { readonly problems: readonly ConfigProblem[] }).problems;
    return [{ key: 'connector.class', message: `The connector could not check its configuration: ${toError(error).message}` }];
  }
};
