import { RequestError, type RawConfig } from '@headrace/foundation';
import { routes, type PluginInfo } from '@headrace/rest-contract';
import {
  DEFAULT_HEADER_CONVERTER,
  pluginDefinitions,
  problemsOf,
  satisfiesVersion,
  type Plugin,
  type PluginRegistry,
  type ValidationResult,
} from '@headrace/runtime';
import type { RestDeps } from '../deps.ts';
import { restErrors } from '../errors.ts';
import type { Serve } from '../serve.ts';
import { badRequest, isTrue, rawConfig } from '../wire/config-input.ts';
import { configInfos, configKeyInfo } from '../wire/validation.ts';

/** What is installed, and whether a configuration would do. */
export const mountPlugins = (serve: Serve, { plugins, validate, info }: RestDeps): void => {
  serve(routes.listPlugins, ({ query, reply }) => {
    const isConnectorsOnly = query.connectorsOnly === undefined || isTrue(query.connectorsOnly);
    const listed = pluginInfos(plugins, info.version).filter(({ type }) => !isConnectorsOnly || type === 'sink' || type === 'source');
    return reply(200, listed);
  });

  serve(routes.pluginConfig, ({ params, query, reply }) => {
    const plugin = findPlugin(plugins, params.plugin);
    requireVersion(plugin, [query.version].flat()[0]);
    return reply(
      200,
      [...pluginDefinitions(plugin)].map(([name, key]) => configKeyInfo(name, key)),
    );
  });

  serve(
    routes.validate,
    ({ params, body, reply }) => {
      const config = rawConfig(body);
      requireClass(plugins, params.plugin, config);
      const result = validate(plugins, config);
      requireKnownClass(plugins, result);
      return reply(200, configInfos(result));
    },
    { numbers: 'text' },
  );
};

const LIST_ORDER = ['sink', 'source', 'transformation', 'predicate', 'converter'] as const;

const pluginInfos = (plugins: PluginRegistry, version: string): readonly PluginInfo[] => [
  ...LIST_ORDER.flatMap((kind) =>
    plugins.all
      .filter((plugin) => plugin.kind === kind && !('isUnlisted' in plugin && plugin.isUnlisted))
      .map((plugin) => ({ class: plugin.classNames[0] ?? '', type: kind, version: plugin.version }))
      .toSorted((left, right) => (left.class < right.class ? -1 : 1)),
  ),
  { class: DEFAULT_HEADER_CONVERTER, type: 'header_converter', version },
];

const findPlugin = (plugins: PluginRegistry, name: string): Plugin => {
  const plugin = plugins.connector(name) ?? plugins.transform(name) ?? plugins.predicate(name) ?? plugins.converter(name);
  if (plugin === undefined) throw new RequestError(restErrors.not_found.code, 404, `Unknown plugin ${name}.`);
  return plugin;
};

const requireVersion = (plugin: Plugin, wanted: string | undefined): void => {
  const verdict = wanted === undefined ? true : satisfiesVersion(wanted, plugin.version);
  if (verdict === true) return;
  if (verdict === undefined) throw badRequest(`Invalid version specification: ${wanted ?? ''}`);
  const [className = ''] = plugin.classNames;
  throw badRequest(`Plugin ${className} not found that matches the version range ${wanted ?? ''}, available versions: [${plugin.version}]`);
};

/** The body must name the class that the path names, under any of its names. */
const requireClass = (plugins: PluginRegistry, requested: string, config: RawConfig): void => {
  const included = config['connector.class']?.trim() ?? '';
  // Keys only: a configuration may hold passwords.
  if (included === '') throw badRequest(`Connector config {${Object.keys(config).join(', ')}} contains no connector type`);
  if (plainName(included) === plainName(requested)) return;
  const plugin = plugins.connector(included);
  if (plugin !== undefined && plugin === plugins.connector(requested)) return;
  throw badRequest(`Included connector type ${included} does not match request type ${requested}`);
};

const plainName = (className: string): string => className.slice(className.lastIndexOf('.') + 1).replace(/Connector$/, '');

const requireKnownClass = (plugins: PluginRegistry, result: ValidationResult): void => {
  if (plugins.connector(result.name) !== undefined) return;
  const problem = problemsOf(result).find(({ key }) => key === 'connector.class');
  throw badRequest(problem?.message ?? `Connector class ${result.name} is not installed`);
};
