import type { Sample } from './metric-store.ts';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4';

/** Prometheus' text format, samples of one name together. */
export const prometheusText = (samples: readonly Sample[]): string =>
  [...Map.groupBy(samples, ({ name }) => name)]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, group]) => [`# TYPE ${name} ${group[0]?.type ?? 'gauge'}`, ...group.map(lineOf)].join('\n') + '\n')
    .join('');

const lineOf = ({ name, labels, value }: Sample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
};

const escaped = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);

const numberText = (value: number): string => {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
};
