import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { formatUtc, unknownLetter } from '../shape/date-format.ts';
import { unsuitable, wholeTransform } from '../shape/side.ts';

const config = defineConfig({
  'topic.format': {
    type: 'STRING',
    default: '${topic}-${timestamp}',
    importance: 'HIGH',
    doc: 'The new name, with ${topic} and ${timestamp}.',
  },
  'timestamp.format': {
    type: 'STRING',
    default: 'yyyyMMdd',
    importance: 'HIGH',
    doc: 'Pattern of the timestamp in UTC: y, M, d, H, m, s, S and quoted text.',
    validate: (format) => (unknownLetter(format) === undefined ? undefined : `Letter ${unknownLetter(format) ?? ''} is not supported`),
  },
});

/** Puts the time of the record into the name of its topic. */
export const timestampRouter: TransformPlugin = wholeTransform('TimestampRouter', config, (raw) => {
  const settings = parseConfig(config, raw);
  return (record) => {
    if (record.timestamp === undefined) throw unsuitable('TimestampRouter', 'it has no timestamp');
    const timestamp = formatUtc(settings['timestamp.format'], record.timestamp);
    const topic = settings['topic.format'].replaceAll('${topic}', () => record.topic).replaceAll('${timestamp}', () => timestamp);
    return { ...record, topic };
  };
});
