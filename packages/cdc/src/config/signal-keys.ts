import type { ConfigKey, ConfigProblem, RawConfig } from '@headrace/foundation';
import { optionalText, type Optional } from './option-kinds.ts';

/** Keys of signals, incremental snapshots and notifications, for connectors that have them. */
export type SignalKeys = Readonly<
  Record<'signal.enabled.channels' | 'notification.enabled.channels', ConfigKey<'LIST'>> &
    Record<'signal.file', ConfigKey<'STRING'>> &
    Record<'signal.data.collection' | 'signal.kafka.topic' | 'notification.sink.topic.name', Optional<'STRING'>> &
    Record<'signal.poll.interval.ms' | 'incremental.snapshot.chunk.size', ConfigKey<'INT'>> &
    Record<'read.only', ConfigKey<'BOOLEAN'>>
>;

const channels =
  (known: readonly string[], absent: readonly string[]) =>
  (given: readonly string[]): string | undefined => {
    const foreign = given.find((channel) => !known.includes(channel.toLowerCase()));
    if (foreign === undefined) return undefined;
    const reason = absent.includes(foreign.toLowerCase())
      ? `channel ${foreign} belongs to Java; use`
      : `channel ${foreign} is not known; use any of`;
    return `${reason} ${known.join(', ')}`;
  };

export const signalKeys: SignalKeys = {
  'signal.enabled.channels': {
    type: 'LIST',
    default: 'source',
    importance: 'MEDIUM',
    doc: 'Where signals come from: source (rows of signal.data.collection), kafka (signal.kafka.topic), file (signal.file).',
    validate: channels(['source', 'kafka', 'file'], ['jmx', 'in-process', 'custom']),
  },
  'signal.data.collection': optionalText(
    'Table whose new rows are signals, by path. It has to be captured; its rows become events as well.',
  ),
  'signal.kafka.topic': optionalText(
    "Topic of signals in the worker's Kafka, one partition; keys are topic.prefix. Default: the prefix with -signal.",
  ),
  'signal.file': {
    type: 'STRING',
    default: 'file-signals.txt',
    importance: 'LOW',
    doc: 'File of signals, one per line; emptied when read.',
  },
  'signal.poll.interval.ms': { type: 'INT', default: '5000', importance: 'LOW', doc: 'How often topic and file are looked at.', min: 1 },
  'incremental.snapshot.chunk.size': { type: 'INT', default: '1024', importance: 'MEDIUM', doc: 'Rows per chunk.', min: 1 },
  'read.only': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'The server holds the session of incremental snapshots to reading. They never write: no watermark rows are needed here.',
  },
  'notification.enabled.channels': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Where the course of snapshots is told: sink (notification.sink.topic.name), log.',
    validate: channels(['sink', 'log'], ['jmx']),
  },
  'notification.sink.topic.name': optionalText('Topic of notifications.'),
};

/** Channels without what they need. */
export const signalProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const has = (key: string, channel: string): boolean => (raw[key] ?? '').split(',').some((item) => item.trim().toLowerCase() === channel);
  if (!has('notification.enabled.channels', 'sink') || raw['notification.sink.topic.name']) return [];
  return [{ key: 'notification.sink.topic.name', message: 'Notification channel sink needs notification.sink.topic.name.' }];
};
