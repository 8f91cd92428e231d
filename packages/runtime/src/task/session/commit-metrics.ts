import type { Labels, Meter } from '@headrace/foundation';

const METRICS = 'kafka_connect_connector_task_metrics_offset_commit_';

/** How long commits of positions take, and how many of them succeed. */
export class CommitMetrics {
  readonly #meter: Meter;
  readonly #labels: Labels;
  #attempts = 0;
  #successes = 0;

  constructor({ meter, labels }: { readonly meter: Meter; readonly labels: Labels }) {
    this.#meter = meter;
    this.#labels = labels;
  }

  get attempts(): number {
    return this.#attempts;
  }

  succeeded(ms: number): void {
    this.#successes += 1;
    this.#ended(ms);
  }

  failed(ms?: number): void {
    this.#ended(ms);
  }

  #ended(ms: number | undefined): void {
    this.#attempts += 1;
    const percent = (100 * this.#successes) / this.#attempts;
    if (ms !== undefined) this.#meter.observe(`${METRICS}{}_time_ms`, ms, this.#labels);
    this.#meter.set(`${METRICS}success_percentage`, percent, this.#labels);
    this.#meter.set(`${METRICS}failure_percentage`, 100 - percent, this.#labels);
  }
}
