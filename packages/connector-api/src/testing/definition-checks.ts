import type { ConfigDef, ConfigKeys, RawConfig } from '@headrace/foundation';
import { check, demand, type Check } from './check.ts';

interface Defined {
  readonly classNames: readonly string[];
  readonly version: string;
  readonly config: ConfigDef<ConfigKeys>;
}

/** What holds for plugins of every kind. `config`: settings that the plugin works with. */
export const definitionChecks = ({ classNames, version, config: definition }: Defined, config: RawConfig): readonly Check[] => [
  check('has class names, each once, and a version', () => {
    demand(classNames.length > 0 && new Set(classNames).size === classNames.length, `Class names are [${classNames.join(', ')}].`);
    demand(/^\d+(\.\d+)*([.-].+)?$/.test(version), `The version is "${version}"; it has to begin with a number.`);
  }),
  check('says of every key what it is for', () => {
    const silent = Object.entries(definition.keys).filter(([, { doc }]) => doc.trim() === '');
    demand(silent.length === 0, `There is no doc of ${silent.map(([name]) => name).join(', ')}.`);
  }),
  check('has defaults that are values of their keys', () => {
    // Throws TypeError for a default that cannot be parsed.
    definition.parse({});
  }),
  check('accepts the settings it is tested with', () => {
    const { problems } = definition.parse(config);
    demand(problems.length === 0, problems.map(({ message }) => message).join(' '));
  }),
];
