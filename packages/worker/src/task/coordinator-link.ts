import type { ConnectorNotification, TaskCondition } from '@headrace/connector-api';
import { abortable, createLatch, RetriableError, type Latch } from '@headrace/foundation';
import type { TaskEvents, TaskFailureReport } from '@headrace/ports';
import { errors } from '../errors.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** The task's side of the conversation with its coordinator: events go out, questions of ownership come back answered. */
export class CoordinatorLink implements TaskEvents {
  readonly #post: (message: FromThread) => void;
  readonly #asked = new Map<number, Latch<boolean>>();
  #requests = 0;

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  running(): void {
    this.#post({ type: 'running' });
  }

  paused(): void {
    this.#post({ type: 'paused' });
  }

  failed(failure: TaskFailureReport): void {
    this.#post({ type: 'failed', failure });
  }

  fenced(): void {
    this.#post({ type: 'fenced' });
  }

  stopped(): void {
    this.#post({ type: 'stopped' });
  }

  topicsUsed(topics: readonly string[]): void {
    this.#post({ type: 'topics-used', topics });
  }

  moved(bytes: number): void {
    this.#post({ type: 'moved', bytes });
  }

  condition(changed: TaskCondition): void {
    this.#post({ type: 'condition', changed });
  }

  signalsDone(tokens: readonly string[]): void {
    this.#post({ type: 'signals-done', tokens });
  }

  notified(notification: ConnectorNotification): void {
    this.#post({ type: 'notified', notification });
  }

  claimTopics(topics: readonly string[], signal: AbortSignal): Promise<boolean> {
    return this.#ask((request) => ({ type: 'claim-topics', request, topics }), signal);
  }

  confirmOwnership(signal: AbortSignal): Promise<boolean> {
    return this.#ask((request) => ({ type: 'confirm-ownership', request }), signal);
  }

  async #ask(question: (request: number) => FromThread, signal: AbortSignal): Promise<boolean> {
    const request = (this.#requests += 1);
    const answer = createLatch<boolean>();
    this.#asked.set(request, answer);
    this.#post(question(request));
    try {
      return await abortable(answer.promise, signal);
    } finally {
      this.#asked.delete(request);
    }
  }

  answered({ request, isOwner, failure }: Extract<ToThread, { type: 'ownership' }>): void {
    const answer = this.#asked.get(request);
    if (failure === undefined) answer?.resolve(isOwner);
    else
      answer?.reject(
        new RetriableError(errors.ownership_unknown.code, `Whether this worker still owns the task could not be read: ${failure}`),
      );
  }
}
