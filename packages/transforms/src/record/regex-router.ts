import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { javaPattern, javaReplacement, matchesWhole, patternProblem, unknownGroup } from '../shape/java-pattern.ts';
import { unsuitable, wholeTransform } from '../shape/side.ts';

const config = defineConfig({
  regex: { type: 'STRING', importance: 'HIGH', doc: 'Pattern that the whole name of the topic matches.', validate: patternProblem },
  replacement: { type: 'STRING', importance: 'HIGH', doc: 'What to put in its place; $1 is the first group.' },
});

/** Renames topics whose whole name matches; others pass. Remembers the new names, so that a topic costs one match. */
export const regexRouter: TransformPlugin = wholeTransform('RegexRouter', config, (raw) => {
  const { regex, replacement } = parseConfig(config, raw);
  const pattern = javaPattern(regex);
  const isMatch = matchesWhole(pattern);
  const text = javaReplacement(replacement);
  const unknown = unknownGroup(pattern, replacement);
  const names = new Map<string, string>();
  return (record) => {
    let topic = names.get(record.topic);
    if (topic === undefined) {
      if (unknown !== undefined && isMatch(record.topic)) throw unsuitable('RegexRouter', `its pattern has no group ${unknown}`);
      topic = isMatch(record.topic) ? record.topic.replace(pattern, text) : record.topic;
      names.set(record.topic, topic);
    }
    return topic === record.topic ? record : { ...record, topic };
  };
});
