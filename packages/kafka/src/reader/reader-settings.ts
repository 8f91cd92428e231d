import { ConfigError, type ConfigProblem } from '@headrace/foundation';
import type { RecordReaderOptions } from '@headrace/ports';
import { errors } from '../errors.ts';
import { numberSetting } from '../cluster/number-setting.ts';

/** Consumer settings that have an effect here, by their Kafka names; others are accepted and ignored. */
export interface ReaderSettings {
  /** Bytes fetched and not given, at most; one answer may exceed it. */
  readonly bufferBytes: number;
  /** `fetch.max.wait.ms`. Default 500. */
  readonly maxWaitMs: number;
  /** `fetch.min.bytes`. Default 1. */
  readonly minBytes: number;
  /** `fetch.max.bytes`. Default 8 MiB. */
  readonly maxBytes: number;
  /** `max.partition.fetch.bytes`. Default 1 MiB. */
  readonly partitionMaxBytes: number;
}

/** Enough for what is fetched while a batch is applied; more would only live long enough to make collecting it dear. */
const BUFFER_BYTES = 4 * 1_024 * 1_024;

export const readerSettings = (options: Pick<RecordReaderOptions, 'consumerConfig' | 'bufferBytes'>): ReaderSettings => {
  const config = options.consumerConfig ?? {};
  const problems: ConfigProblem[] = [];
  const number = numberSetting(config, problems);
  const settings: ReaderSettings = {
    bufferBytes: options.bufferBytes ?? BUFFER_BYTES,
    maxWaitMs: number('fetch.max.wait.ms', 500, 0),
    minBytes: number('fetch.min.bytes', 1, 0),
    maxBytes: number('fetch.max.bytes', 8 * 1_024 * 1_024, 1),
    partitionMaxBytes: number('max.partition.fetch.bytes', 1_024 * 1_024, 1),
  };
  if (problems.length > 0) throw new ConfigError(errors.settings.code, problems);
  return settings;
};
