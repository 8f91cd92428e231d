/** Labels of a series. Values come from a closed set (connector, task, topic), never from data. */
export type Labels = Readonly<Record<string, string>>;

/** Metrics as a port: the runtime counts, telemetry decides where the numbers go. */
export interface Meter {
  /** Adds to a counter that only grows. */
  add(name: string, value: number, labels?: Labels): void;
  /** Sets a gauge to its present value. */
  set(name: string, value: number, labels?: Labels): void;
  /**
   * One sample of a size or a time. `name` has `{}` where `avg`, `max` and `min` of the last minute are put: Kafka Connect has
   * them in the middle (`put_batch_{}_time_ms`).
   */
  observe(name: string, value: number, labels?: Labels): void;
}

export const silentMeter: Meter = { add: () => undefined, set: () => undefined, observe: () => undefined };
