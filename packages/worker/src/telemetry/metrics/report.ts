import type { Labels, Meter } from '@headrace/foundation';

export type SeriesKind = 'counter' | 'gauge' | 'samples';

/** What became of one series since the last report: plain data that crosses a thread boundary. */
export interface SeriesReport {
  readonly kind: SeriesKind;
  readonly name: string;
  readonly labels: Labels;
  /** Counter: what to add. Gauge: its value. */
  readonly value: number;
  readonly samples?: Samples;
}

export interface Samples {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export const oneSample = (value: number): Samples => ({ count: 1, sum: value, min: value, max: value });

export const joinSamples = (a: Samples, b: Samples): Samples => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});

export const seriesKey = (name: string, labels: Labels): string => `${name} ${labelsText(labels)}`;

const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join();

const NO_LABELS: Labels = {};

/** Labels of a series, all of them, and as a part of its key. */
interface FullLabels {
  readonly labels: Labels;
  readonly text: string;
}

/** Series of one task, at most: labels come from closed sets, so this is never reached but by a mistake. */
const MAX_SERIES = 1_000;

/** Counts in a task's thread until somebody takes the report. Bounded by the number of series, not by time. */
export class CollectingMeter implements Meter {
  readonly #labels: Labels;
  readonly #series = new Map<string, SeriesReport>();
  /** By what callers give: who gives the same object each time has its key made once. */
  readonly #fullLabels = new WeakMap<Labels, FullLabels>();

  /** `labels` are on every series. */
  constructor(labels: Labels) {
    this.#labels = labels;
  }

  add(name: string, value: number, labels: Labels = NO_LABELS): void {
    this.#update('counter', name, labels, (known) => ({ value: (known?.value ?? 0) + value }));
  }

  set(name: string, value: number, labels: Labels = NO_LABELS): void {
    this.#update('gauge', name, labels, () => ({ value }));
  }

  observe(name: string, value: number, labels: Labels = NO_LABELS): void {
    this.#update('samples', name, labels, (known) => {
      const sample = oneSample(value);
      return { value, samples: known?.samples === undefined ? sample : joinSamples(known.samples, sample) };
    });
  }

  /** Everything since the last call. */
  take(): readonly SeriesReport[] {
    const report = [...this.#series.values()];
    this.#series.clear();
    return report;
  }

  #update(
    kind: SeriesKind,
    name: string,
    given: Labels,
    change: (known: SeriesReport | undefined) => Pick<SeriesReport, 'value' | 'samples'>,
  ): void {
    const { labels, text } = this.#withOwn(given);
    const key = `${name} ${text}`;
    const known = this.#series.get(key);
    if (known === undefined && this.#series.size >= MAX_SERIES) return;
    this.#series.set(key, { kind, name, labels, ...change(known) });
  }

  #withOwn(given: Labels): FullLabels {
    const known = this.#fullLabels.get(given);
    if (known !== undefined) return known;
    const labels = { ...this.#labels, ...given };
    const full = { labels, text: labelsText(labels) };
    this.#fullLabels.set(given, full);
    return full;
  }
}
