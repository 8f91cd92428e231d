import type { Clock } from '@headrace/foundation';
import type { IOptions } from 'etcd3';
import { isUnanswered } from './etcd-failure.ts';

/** A member that did not answer is left alone for this long, while there are others; then one call finds out. */
const AVOIDED_MS = 10_000;

export type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

const noEvents = (): { dispose(): void } => ({ dispose: () => undefined });

const policyOf = (execute: <T>(run: () => PromiseLike<T> | T) => Promise<T>): Policy =>
  ({
    onSuccess: noEvents,
    onFailure: noEvents,
    execute: async <T>(run: (context: { signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> =>
      execute(() => run({ signal: new AbortController().signal })),
  }) as unknown as Policy;

/**
 * The client's own retries and circuit breaker are off: a breaker would refuse calls for seconds after etcd is back, and
 * hidden retries would repeat writes whose outcome is unknown. Our callers decide.
 */
export const once: Policy = policyOf(async (run) => run());

/**
 * Which members do not answer. The client chooses one at random for each call: one of three that hangs would cost every
 * third call its whole deadline, and a lease is lost after two such calls in a row.
 */
export class EtcdHosts {
  readonly #clock: Clock;
  readonly #avoidedUntil: Map<string, number>;

  constructor(hosts: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.#avoidedUntil = new Map(hosts.map((host) => [host, 0]));
  }

  /** A call that is refused before it begins makes the client ask the next member. */
  policyOf(host: string): Policy {
    return policyOf(async (run) => {
      if (this.#isAvoided(host)) throw new Error(`etcd at ${host} did not answer lately.`);
      try {
        const answer = await run();
        this.#avoidedUntil.set(host, 0);
        return answer;
      } catch (error) {
        if (isUnanswered(error)) this.#avoidedUntil.set(host, this.#clock.monotonic() + AVOIDED_MS);
        throw error;
      }
    });
  }

  /** Never all of them: then each is as good as the other. */
  #isAvoided(host: string): boolean {
    const now = this.#clock.monotonic();
    const until = this.#avoidedUntil.get(host) ?? 0;
    if (until === 0 || ![...this.#avoidedUntil.values()].some((other) => other <= now)) return false;
    if (until > now) return true;
    // This call finds out; the others wait for what it finds.
    this.#avoidedUntil.set(host, now + AVOIDED_MS);
    return false;
  }
}
