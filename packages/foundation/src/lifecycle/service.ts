/**
 * The one shape of everything long-lived. `run` resolves when `signal` aborts or the work is finished, rejects when it
 * is broken, and returns only after its children and resources are gone.
 */
export interface Service {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}
