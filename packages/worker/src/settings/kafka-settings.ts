import { pickSettings, type ClientSettings, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import { connectionProblems, isConnectionSetting } from '@headrace/kafka';
import type { KafkaClient } from '@headrace/runtime';
import { prefixedProblem } from './prefixed-problem.ts';

const clients: readonly KafkaClient[] = ['producer', 'consumer', 'admin'];

/** Of the REST listener, whose name alone begins like those of Kafka's clients. */
const LISTENER_ONLY = 'ssl.client.auth';

/** Whether a setting of the worker is one of its Kafka clients': of all, or of one kind with its prefix. */
export const isKafkaSetting = (key: string): boolean => isSharedSetting(key) || clients.some((client) => key.startsWith(`${client}.`));

const isSharedSetting = (key: string): boolean => isConnectionSetting(key) && key !== LISTENER_ONLY;

/** Whom the worker's Kafka clients connect to and how, by Kafka's names; what a connector says of its own goes over them. */
export const kafkaSettings = (raw: RawConfig): ClientSettings => pickSettings(raw, (key) => (isSharedSetting(key) ? key : undefined));

/** Those of the clients of one kind, `producer.*` over the shared ones. */
export const clientSettings = (raw: RawConfig, client: KafkaClient): ClientSettings => ({
  ...kafkaSettings(raw),
  ...pickSettings(raw, (key) => (key.startsWith(`${client}.`) ? key.slice(client.length + 1) : undefined)),
});

/** What is wrong with any of them; no file is read. */
export const kafkaProblems = (raw: RawConfig): readonly ConfigProblem[] => [
  ...connectionProblems(kafkaSettings(raw)),
  ...clients.filter((client) => hasOwnConnection(raw, client)).flatMap((client) => ownProblems(raw, client)),
];

const hasOwnConnection = (raw: RawConfig, client: KafkaClient): boolean =>
  Object.keys(raw).some((key) => key.startsWith(`${client}.`) && isConnectionSetting(key.slice(client.length + 1)));

const ownProblems = (raw: RawConfig, client: KafkaClient): readonly ConfigProblem[] =>
  connectionProblems(clientSettings(raw, client)).map((problem) => prefixedProblem(`${client}.`, problem));
