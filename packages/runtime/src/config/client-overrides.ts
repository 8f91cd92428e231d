import { HIDDEN, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import { clientSettings, type KafkaClient } from './definitions/client-keys.ts';
import { hasPlaceholder } from './placeholders.ts';
import { givenText } from './plugin-keys.ts';
import { nullValuedKey, undefinedKey, validateKey } from './validate-key.ts';
import type { PlacedKey, ValidatedKey } from './validation.ts';

/** Which settings of its Kafka clients a connector may change (`connector.client.config.override.policy`). */
export interface OverridePolicy {
  readonly name: string;
  /** `setting` is the client's own name, without the prefix. */
  allows(setting: string): boolean;
}

export const allowAllOverrides: OverridePolicy = { name: 'All', allows: () => true };

/** The settings a connector supplies for the clients it uses, in the order producer, consumer, admin. */
export const overrideKeys = (raw: RawConfig, kind: 'source' | 'sink', policy: OverridePolicy): readonly ValidatedKey[] =>
  clientsOf(raw, kind).flatMap((client) => {
    const prefix = `${client}.override.`;
    return Object.keys(raw)
      .filter((name) => name.startsWith(prefix) && name.length > prefix.length)
      .map((name) => overrideKey(client, name, name.slice(prefix.length), { raw, policy }));
  });

/** Judges the settings that a connector supplies for one of its clients, their prefix taken off. */
export type ClientProblems = (client: KafkaClient, settings: Readonly<Record<string, string>>) => readonly ConfigProblem[];

/** Problems of each client's settings together. Where one is a secret still to be resolved, the task finds out when it starts. */
export const overrideProblems = (raw: RawConfig, kind: 'source' | 'sink', judge: ClientProblems): readonly ConfigProblem[] =>
  clientsOf(raw, kind).flatMap((client) => {
    const prefix = `${client}.override.`;
    const given = Object.entries(raw).filter((entry): entry is [string, string] => entry[0].startsWith(prefix) && entry[1] !== null);
    if (given.length === 0 || given.some(([, value]) => hasPlaceholder(value))) return [];
    const settings = Object.fromEntries(given.map(([key, value]) => [key.slice(prefix.length), value]));
    return judge(client, settings).map((problem) => ({ ...problem, key: `${prefix}${problem.key}` }));
  });

/** A sink has a producer and an admin client only for its dead letters; a source reads its offsets topic, too. */
const clientsOf = (raw: RawConfig, kind: 'source' | 'sink'): readonly KafkaClient[] => {
  const hasDeadLetters = (givenText(raw, 'errors.deadletterqueue.topic.name') ?? '') !== '';
  return kind === 'source' || hasDeadLetters ? ['producer', 'consumer', 'admin'] : ['consumer'];
};

interface OverrideContext {
  readonly raw: RawConfig;
  readonly policy: OverridePolicy;
}

const overrideKey = (client: KafkaClient, name: string, setting: string, { raw, policy }: OverrideContext): ValidatedKey => {
  const value = raw[name] ?? null;
  if (value === null) return nullValuedKey(name);
  if (!policy.allows(setting)) {
    return undefinedKey(name, shown(setting, value), [
      `The '${policy.name}' policy does not allow '${setting}' to be overridden in the connector configuration.`,
    ]);
  }
  const known = Object.hasOwn(clientSettings[client], setting) ? clientSettings[client][setting] : undefined;
  if (known === undefined) return undefinedKey(name, shown(setting, value), []);
  const key: PlacedKey = {
    type: known.type,
    default: known.default,
    importance: 'MEDIUM',
    displayName: setting,
    orderInGroup: -1,
    doc: `Setting "${setting}" of the connector's Kafka ${client}.`,
  };
  return validateKey({ name, key }, value);
};

/** Settings we do not know are hidden when their name says that they are secret. */
const shown = (setting: string, value: string): string => (/password|secret|jaas|token|credential/i.test(setting) ? HIDDEN : value);
