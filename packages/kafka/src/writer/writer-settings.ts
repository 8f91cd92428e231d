import { ConfigError, type ConfigProblem } from '@headrace/foundation';
import type { RecordWriterOptions } from '@headrace/ports';
import { errors } from '../errors.ts';
import { isCompressionType, type CompressionType } from '../wire/compression.ts';
import { numberSetting } from '../cluster/number-setting.ts';

/** Producer settings that have an effect here, by their Kafka names; others are accepted and ignored, as Kafka does. */
export interface WriterSettings {
  /** `compression.type`. Default none. */
  readonly compression: CompressionType;
  /** `max.request.size`: longest request, and with it the largest record. Default 1 MiB. */
  readonly maxRequestBytes: number;
  /** `batch.size`: a batch is ended at this size. Default 512 KiB, at most the request. */
  readonly maxBatchBytes: number;
  /** `delivery.timeout.ms`. Default 120,000. */
  readonly deliveryTimeoutMs: number;
  /** `request.timeout.ms`: what the leader may wait for its replicas. Default 30,000. */
  readonly requestTimeoutMs: number;
  /** `linger.ms`: how long a transaction goes on taking what keeps coming, unless it fills batches. Default 20. */
  readonly lingerMs: number;
  /** `buffer.memory`: bytes appended but not durable, at most. Default 8 MiB, three requests of five in flight and more. */
  readonly bufferBytes: number;
}

export const writerSettings = (options: Pick<RecordWriterOptions, 'producerConfig'>): WriterSettings => {
  const config = options.producerConfig ?? {};
  const problems: ConfigProblem[] = [];
  const number = numberSetting(config, problems);
  const compression = config['compression.type'] ?? 'none';
  if (!isCompressionType(compression)) {
    problems.push({
      key: 'compression.type',
      value: compression,
      message: `compression.type is "${compression}"; it has to be none, gzip, snappy, lz4 or zstd.`,
    });
  }
  const maxRequestBytes = number('max.request.size', 1_048_576, 1_024);
  const settings: WriterSettings = {
    compression: isCompressionType(compression) ? compression : 'none',
    maxRequestBytes,
    maxBatchBytes: Math.min(number('batch.size', 524_288, 0), maxRequestBytes),
    deliveryTimeoutMs: number('delivery.timeout.ms', 120_000, 1),
    requestTimeoutMs: number('request.timeout.ms', 30_000, 1),
    lingerMs: number('linger.ms', 20, 0),
    bufferBytes: number('buffer.memory', 8_388_608, 0),
  };
  if (problems.length > 0) throw new ConfigError(errors.settings.code, problems);
  return settings;
};
