import type { Clock, Labels, Meter } from '@headrace/foundation';
import { joinSamples, oneSample, seriesKey, type Samples, type SeriesKind, type SeriesReport } from './report.ts';

/** Kafka's `metrics.sample.window.ms` and `metrics.num.samples`: rates and averages are of so many of the last windows. */
export interface SampleWindows {
  readonly ms: number;
  readonly count: number;
}

const LAST_MINUTE: SampleWindows = { ms: 30_000, count: 2 };

/** One number as Prometheus reads it. */
export interface Sample {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Labels;
  readonly value: number;
}

export const gauge = (name: string, value: number, labels: Labels = {}): Sample => ({ name, type: 'gauge', labels, value });

interface Window {
  readonly startedAt: number;
  /** Counter: its value at the start. */
  readonly value: number;
  samples: Samples | undefined;
}

interface Series {
  readonly kind: SeriesKind;
  readonly name: string;
  readonly labels: Labels;
  value: number;
  windows: readonly Window[];
}

/**
 * The metrics of a worker, those of its tasks included. A task's series stay when it has failed, and go when the task is not
 * this worker's any more. A counter `…_total` also shows as `…_rate`, per second.
 */
export class MetricStore implements Meter {
  readonly #clock: Clock;
  readonly #windows: SampleWindows;
  readonly #series = new Map<string, Series>();

  constructor(clock: Clock, windows: SampleWindows = LAST_MINUTE) {
    this.#clock = clock;
    this.#windows = windows;
  }

  add(name: string, value: number, labels: Labels = {}): void {
    this.merge([{ kind: 'counter', name, labels, value }]);
  }

  set(name: string, value: number, labels: Labels = {}): void {
    this.merge([{ kind: 'gauge', name, labels, value }]);
  }

  observe(name: string, value: number, labels: Labels = {}): void {
    this.merge([{ kind: 'samples', name, labels, value, samples: oneSample(value) }]);
  }

  merge(reports: readonly SeriesReport[]): void {
    for (const { kind, name, labels, value, samples } of reports) {
      const key = seriesKey(name, labels);
      const series = this.#series.get(key) ?? { kind, name, labels, value: 0, windows: [] };
      this.#series.set(key, series);
      this.#turnWindow(series);
      series.value = kind === 'counter' ? series.value + value : value;
      const window = series.windows.at(-1);
      if (window !== undefined && samples !== undefined) {
        window.samples = window.samples === undefined ? samples : joinSamples(window.samples, samples);
      }
    }
  }

  /** Drops every series for which it holds. */
  forget(condition: (labels: Labels) => boolean): void {
    for (const [key, { labels }] of this.#series) if (condition(labels)) this.#series.delete(key);
  }

  samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap((series) => {
      this.#turnWindow(series);
      if (series.kind === 'samples') return statisticsOf(series);
      if (series.kind === 'gauge') return [gauge(series.name, series.value, series.labels)];
      return [{ ...gauge(series.name, series.value, series.labels), type: 'counter' as const }, ...this.#rateOf(series)];
    });
  }

  #turnWindow(series: Series): void {
    const { ms, count } = this.#windows;
    const now = this.#clock.monotonic();
    const newest = series.windows.at(-1);
    const live = series.windows.filter(({ startedAt }) => now - startedAt < ms * count);
    const isDue = newest === undefined || now - newest.startedAt >= ms;
    series.windows = isDue ? [...live, { startedAt: now, value: series.value, samples: undefined }] : live;
  }

  #rateOf(series: Series): readonly Sample[] {
    const [oldest] = series.windows;
    if (!series.name.endsWith('_total') || oldest === undefined) return [];
    const seconds = Math.max(1, (this.#clock.monotonic() - oldest.startedAt) / 1_000);
    return [gauge(series.name.replace(/_total$/, '_rate'), (series.value - oldest.value) / seconds, series.labels)];
  }
}

/** NaN where none of the windows had a sample, as in Kafka. */
const statisticsOf = (series: Series): readonly Sample[] => {
  const all = series.windows.flatMap(({ samples }) => (samples === undefined ? [] : [samples]));
  const joined = all.length === 0 ? undefined : all.reduce(joinSamples);
  const values = { avg: joined === undefined ? NaN : joined.sum / joined.count, max: joined?.max ?? NaN, min: joined?.min ?? NaN };
  return Object.entries(values).map(([statistic, value]) => gauge(series.name.replace('{}', statistic), value, series.labels));
};
