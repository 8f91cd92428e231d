import { backoffMs, defineConfig, type Clock, type ConfigOf, type RawConfig } from '@headrace/foundation';

/** `headrace.restart.*` of a connector. */
export const restartConfig = defineConfig({
  'headrace.restart.on': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Codes of the failures after which a task is started again by itself: kafka.not_authorized, kafka.*, or * for all. Default none.',
    validate: (codes) => {
      const wrong = codes.filter((code) => !/^(?:\*|[a-z_]+(?:\.[a-z_]+|\.\*)?)$/.test(code));
      return wrong.length === 0 ? undefined : `${wrong.join(', ')} is no code of an error, such as kafka.not_authorized or kafka.*`;
    },
  },
  'headrace.restart.backoff.ms': {
    type: 'LONG',
    default: '10000',
    min: 1,
    importance: 'LOW',
    doc: 'How long a failed task waits before its first start; twice as long before each further one.',
  },
  'headrace.restart.backoff.max.ms': {
    type: 'LONG',
    default: '300000',
    min: 1,
    importance: 'LOW',
    doc: 'How long it waits at most.',
  },
  'headrace.restart.max': {
    type: 'INT',
    default: '10',
    min: -1,
    importance: 'LOW',
    doc: 'Starts in a row, at most; -1 for no limit. The task is FAILED after the last.',
  },
  'headrace.restart.reset.ms': {
    type: 'LONG',
    default: '600000',
    min: 1,
    importance: 'LOW',
    doc: 'A task that has worked for this long before it fails begins a new row.',
  },
});

/** A start to come: how long to wait, and the how manieth of how many it is. */
export interface PlannedRestart {
  readonly afterMs: number;
  readonly attempt: number;
  /** undefined: no limit. */
  readonly max: number | undefined;
}

/** Whether and when a task that failed is started again by itself. Off unless its connector asks for it. */
export class RestartPolicy {
  readonly #clock: Clock;
  #inARow = 0;
  #startedAt = 0;
  #token: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A start of the task; one that a user asked for begins a new row. */
  started(restartToken: number): void {
    if (this.#token !== restartToken) this.#inARow = 0;
    this.#token = restartToken;
    this.#startedAt = this.#clock.monotonic();
  }

  /** undefined: it stays FAILED. */
  failed(raw: RawConfig, code: string): PlannedRestart | undefined {
    const { values, problems } = restartConfig.parse(raw);
    if (problems.length > 0 || !isMeant(values, code)) return undefined;
    if (this.#clock.monotonic() - this.#startedAt >= values['headrace.restart.reset.ms']) this.#inARow = 0;
    const max = values['headrace.restart.max'];
    if (max >= 0 && this.#inARow >= max) return undefined;
    this.#inARow += 1;
    const waits = { initialMs: values['headrace.restart.backoff.ms'], maxMs: values['headrace.restart.backoff.max.ms'] };
    return { afterMs: backoffMs(this.#clock, this.#inARow - 1, waits), attempt: this.#inARow, max: max < 0 ? undefined : max };
  }
}

const isMeant = (values: ConfigOf<typeof restartConfig.keys>, code: string): boolean =>
  values['headrace.restart.on'].some(
    (meant) => meant === '*' || meant === code || (meant.endsWith('.*') && code.startsWith(meant.slice(0, -1))),
  );

/** First line of a trace as before, then when it goes on: what a user reads in the status while it waits. */
export const traceWithRestart = (trace: string, { afterMs, attempt, max }: PlannedRestart): string => {
  const [first = '', ...rest] = trace.split('\n');
  const which = max === undefined ? String(attempt) : `${String(attempt)} of ${String(max)}`;
  return [
    first,
    `Starts again by itself in ${String(Math.ceil(afterMs / 1_000))} s: restart ${which} (headrace.restart.on).`,
    ...rest,
  ].join('\n');
};
