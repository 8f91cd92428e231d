import type { RawConfig } from '@headrace/foundation';
import { connectionProblems, isConnectionSetting } from '@headrace/kafka';
import { allowAllOverrides, createValidator, type OverridePolicy, type ValidateConnector } from '@headrace/runtime';
import { clientSettings } from './kafka-settings.ts';
import type { WorkerConfig } from './worker-config.ts';

/** Validation of connectors as this worker would run them: with its converters, its policy, and its own client settings below theirs. */
export const connectorValidation = (config: WorkerConfig, raw: RawConfig): ValidateConnector =>
  createValidator({
    converters: { key: config['key.converter'], value: config['value.converter'] },
    overridePolicy: overridePolicy(config),
    sources: {
      isExactlyOnce: config['exactly.once.source.support'].toLowerCase() === 'enabled',
      offsetsTopic: config['offset.storage.topic'],
    },
    clientProblems: (client, overrides) =>
      Object.keys(overrides).some(isConnectionSetting) ? connectionProblems({ ...clientSettings(raw, client), ...overrides }) : [],
  });

const loginSettings: ReadonlySet<string> = new Set(['security.protocol', 'sasl.jaas.config', 'sasl.mechanism']);

/** What the worker lets connectors change about their Kafka clients, as Kafka Connect's policies of these names do. */
const overridePolicy = (config: WorkerConfig): OverridePolicy => {
  const name = config['connector.client.config.override.policy'];
  const listed = new Set(config['connector.client.config.override.allowlist']);
  if (name === 'None') return { name, allows: () => false };
  if (name === 'Principal') return { name, allows: (setting) => loginSettings.has(setting) };
  if (name === 'Allowlist') return { name, allows: (setting) => listed.has(setting) };
  return allowAllOverrides;
};
