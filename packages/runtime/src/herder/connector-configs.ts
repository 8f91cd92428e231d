import { ConfigError, RequestError, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import type { Operation } from '@headrace/ports';
import { labelsProblem } from '../cluster/placement.ts';
import { fenceFormer, premises } from '../cluster/planning/generation.ts';
import type { ConnectorModel } from '../cluster/store/cluster-model.ts';
import { codecs, type ConfigValue } from '../cluster/store/values.ts';
import { restartConfig } from '../cluster/worker/restart-policy.ts';
import { configErrors } from '../config/config-errors.ts';
import { requireValid } from '../config/problems.ts';
import type { ValidateConnector } from '../config/validation.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import type { ConnectorStore, ConnectorView } from './connector-store.ts';
import { connectorErrors, notFound } from './errors.ts';
import type { ConnectorConfig, ConnectorInfo, CreateConnector } from './herder.ts';

/** etcd takes 1.5 MiB a request, and a change writes the configuration twice. */
const MAX_CONFIG_BYTES = 524_288;
/** Earlier versions kept of each connector. */
const KEPT_VERSIONS = 100;

interface Checked {
  readonly config: ConnectorConfig;
  readonly kind: ConfigValue['kind'];
}

export interface ConnectorConfigsOptions {
  readonly connectors: ConnectorStore;
  readonly plugins: PluginRegistry;
  readonly validate: ValidateConnector;
}

/** Configurations: created, changed, deleted, each version kept. */
export class ConnectorConfigs {
  readonly #options: ConnectorConfigsOptions;

  constructor(options: ConnectorConfigsOptions) {
    this.#options = options;
  }

  async names(signal: AbortSignal): Promise<readonly string[]> {
    const { connectors } = this.#options;
    const { entries } = await connectors.list(connectors.keys.connectors, signal);
    return entries.flatMap(({ key }) => {
      const parsed = connectors.keys.parse(key);
      return parsed?.kind === 'config' ? [parsed.name] : [];
    });
  }

  async info(name: string, signal: AbortSignal): Promise<ConnectorInfo> {
    const { connector } = await this.#options.connectors.read(name, signal);
    return infoOf(existing(connector, name));
  }

  async create(request: CreateConnector, signal: AbortSignal): Promise<ConnectorInfo> {
    const { connectors } = this.#options;
    const { keys } = connectors;
    const name = request.name.trim();
    const checked = this.#check(name, request.config);
    const target = codecs.target.encode({ state: request.initialState ?? 'STARTED' });
    const isCreated = await connectors.transact(
      {
        if: [{ key: keys.config(name), exists: false }],
        then: [...this.#writes(name, checked, 1), { put: keys.target(name), value: target }],
      },
      signal,
    );
    if (!isCreated) throw new RequestError(connectorErrors.exists.code, 409, `Connector ${name} already exists`);
    return { name, kind: checked.kind, config: checked.config, taskNumbers: [] };
  }

  async put(name: string, config: RawConfig, signal: AbortSignal): Promise<{ readonly info: ConnectorInfo; readonly isCreated: boolean }> {
    const checked = this.#check(name, config);
    return this.#options.connectors.change(name, (view) => this.#replacement(name, checked, view), signal);
  }

  async patch(name: string, patch: RawConfig, signal: AbortSignal): Promise<ConnectorInfo> {
    const decide = (view: ConnectorView) => {
      const { config } = existing(view.connector, name).config;
      const merged = Object.entries({ ...config, ...patch }).filter(([, value]) => value !== null);
      return this.#replacement(name, this.#check(name, Object.fromEntries(merged)), view);
    };
    const { info } = await this.#options.connectors.change(name, decide, signal);
    return info;
  }

  /** What may still write under the connector's transactional ids is fenced by the leader; offsets and topics stay. */
  async delete(name: string, signal: AbortSignal): Promise<void> {
    const { keys } = this.#options.connectors;
    const decide = ({ connector, model }: ConnectorView) => {
      const known = existing(connector, name);
      const single = [
        keys.config(name),
        keys.target(name),
        keys.generation(name),
        keys.restart(name),
        keys.topics(name),
        keys.notices(name),
      ].map((key) => ({
        delete: key,
      }));
      const prefixes = [keys.allTasks(name), keys.history(name), keys.statusesOf(name), keys.signals(name), keys.loads(name)].map(
        (prefix) => ({
          deletePrefix: prefix,
        }),
      );
      const then = [...single, ...prefixes, ...fenceFormer(keys, model, known)];
      return { transaction: { if: premises(keys, known), then }, result: undefined };
    };
    await this.#options.connectors.change(name, decide, signal);
  }

  /** An equal configuration changes nothing: no version, no restart. */
  #replacement(name: string, checked: Checked, { connector }: ConnectorView) {
    const { keys } = this.#options.connectors;
    const taskNumbers = connector === undefined ? [] : infoOf(connector).taskNumbers;
    const result = { info: { name, ...checked, taskNumbers }, isCreated: connector === undefined };
    if (connector !== undefined && isSame(connector.config.config, checked.config)) return { result };
    const version = (connector?.config.configVersion ?? 0) + 1;
    const target: readonly Operation[] =
      connector === undefined ? [{ put: keys.target(name), value: codecs.target.encode({ state: 'STARTED' }) }] : [];
    const premise = { key: keys.config(name), modRevision: connector?.config.modRevision ?? 0n };
    return { transaction: { if: [premise], then: [...this.#writes(name, checked, version), ...target] }, result };
  }

  #writes(name: string, checked: Checked, configVersion: number): readonly Operation[] {
    const { keys } = this.#options.connectors;
    const value = codecs.config.encode({ ...checked, configVersion });
    const forgotten = configVersion - KEPT_VERSIONS;
    return [
      { put: keys.config(name), value },
      { put: keys.version(name, configVersion), value },
      ...(forgotten > 0 ? [{ delete: keys.version(name, forgotten) }] : []),
    ];
  }

  #check(name: string, raw: RawConfig): Checked {
    const { plugins, validate } = this.#options;
    const given = raw['name'];
    if (given !== undefined && given !== null && given !== name) {
      throw new RequestError(
        connectorErrors.name_mismatch.code,
        400,
        `Connector name configuration (${given}) doesn't match connector name in the URL (${name})`,
      );
    }
    const named = { ...raw, name };
    requireValid(validate(plugins, named));
    requireOurs(named);
    const config = Object.fromEntries(Object.entries<string | null>(named).map(([key, value]) => [key, value ?? '']));
    const bytes = Buffer.byteLength(JSON.stringify(config));
    if (bytes > MAX_CONFIG_BYTES) {
      throw new RequestError(
        connectorErrors.too_large.code,
        413,
        `Configuration of connector ${name} has ${String(bytes)} bytes, more than the ${String(MAX_CONFIG_BYTES)} that are stored. Make it smaller.`,
      );
    }
    return { config, kind: plugins.connector(raw['connector.class'] ?? '')?.kind ?? 'unknown' };
  }
}

/** Ours, so not among the keys that are validated as Kafka Connect's. */
const requireOurs = (raw: RawConfig): void => {
  const problems: ConfigProblem[] = [...restartConfig.parse(raw).problems];
  const labels = labelsProblem(raw['headrace.placement'] ?? '');
  if (labels !== undefined) problems.push({ key: 'headrace.placement', message: labels });
  if (!/^[1-9]\d{0,5}$/.test(raw['headrace.task.weight'] ?? '1')) {
    problems.push({ key: 'headrace.task.weight', message: 'Must be a whole number from 1 to 999999' });
  }
  if (problems.length > 0) throw new ConfigError(configErrors.invalid.code, problems);
};

const existing = (connector: ConnectorModel | undefined, name: string): ConnectorModel => {
  if (connector === undefined) throw notFound(`Connector ${name} not found`);
  return connector;
};

export const infoOf = ({ name, config, generation }: ConnectorModel): ConnectorInfo => ({
  name,
  kind: config.kind,
  config: config.config,
  taskNumbers: Array.from({ length: generation?.taskCount ?? 0 }, (_, task) => task),
});

const isSame = (a: ConnectorConfig, b: ConnectorConfig): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};
