import type { JsonMap, SignalInbox } from '@headrace/connector-api';
import type { RawSignal } from './signal-channel.ts';

const KEY = 'headrace_signals';
/** As many as may wait at once. */
const REMEMBERED = 16;

/** Signals of operators that a position says are carried out: once it is stored, they need not be delivered again. */
export const carriedOut = (offset: JsonMap | null): readonly string[] => {
  const stored = offset?.[KEY];
  return typeof stored === 'string' ? (JSON.parse(stored) as readonly string[]) : [];
};

/** Signals given by REST. They come again until their end is stored; which are carried out stands in every offset, so each is once. */
export class OperatorSignals {
  readonly #inbox: SignalInbox | undefined;
  readonly #seen = new Set<string>();
  #carried: readonly string[];
  /** There is something to be stored. */
  isDirty = false;

  constructor(inbox: SignalInbox | undefined, offset: JsonMap | null) {
    this.#inbox = inbox;
    this.#carried = carriedOut(offset);
  }

  /** Those that have to be carried out now, before the next offset is made. */
  take(): readonly RawSignal[] {
    const news = (this.#inbox?.waiting() ?? []).filter(({ token }) => !this.#seen.has(token));
    if (news.length === 0) return [];
    for (const { token } of news) this.#seen.add(token);
    const open = news.filter(({ token }) => !this.#carried.includes(token));
    this.#carried = [...this.#carried, ...open.map(({ token }) => token)].slice(-REMEMBERED);
    this.isDirty = true;
    return open.map(({ id, type, data }) => ({ id, type, data }));
  }

  /** Keys of an offset. */
  keys(): JsonMap {
    this.isDirty = false;
    return this.#carried.length === 0 ? {} : { [KEY]: JSON.stringify(this.#carried) };
  }
}
