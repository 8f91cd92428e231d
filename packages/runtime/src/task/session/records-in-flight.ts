import type { Labels, Meter } from '@headrace/foundation';

/** Records that were taken and are not durable at their target yet: Kafka Connect's `…-active-count`. */
export class RecordsInFlight {
  readonly #meter: Meter;
  readonly #labels: Labels;
  readonly #metric: string;
  #count = 0;

  /** `metric`: its name without `active_count`. */
  constructor({ meter, labels }: { readonly meter: Meter; readonly labels: Labels }, metric: string) {
    this.#meter = meter;
    this.#labels = labels;
    this.#metric = `${metric}active_count`;
    this.#tell();
  }

  took(records: number): void {
    this.#count += records;
    this.#tell();
  }

  /** Left out: all of them. */
  done(records: number = this.#count): void {
    this.#count = Math.max(0, this.#count - records);
    this.#tell();
  }

  #tell(): void {
    this.#meter.set(this.#metric, this.#count, this.#labels);
    this.#meter.observe(`${this.#metric}_{}`, this.#count, this.#labels);
  }
}
