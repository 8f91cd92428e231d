import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { DateFormat } from '../shape/date-format.ts';
import { patternLetterProblem } from '../shape/date-pattern.ts';
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
    doc: 'Pattern of the timestamp in UTC, as SimpleDateFormat takes it.',
    validate: patternLetterProblem,
  },
});

/** Puts the time of the record into the name of its topic. */
export const timestampRouter: TransformPlugin = wholeTransform('TimestampRouter', config, (raw) => {
  const settings = parseConfig(config, raw);
  const format = new DateFormat(settings['timestamp.format']);
  return (record) => {
    if (record.timestamp === undefined) throw unsuitable('TimestampRouter', 'it has no timestamp');
    const timestamp = format.format(record.timestamp);
    const topic = settings['topic.format'].replaceAll('${topic}', () => record.topic).replaceAll('${timestamp}', () => timestamp);
    return { ...record, topic };
  };
});
