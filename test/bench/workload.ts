import type { Servers } from '../support/stack.ts';
import type { TableShape } from './sources/orders.ts';
import type { ConnectWorker } from './systems/connect-worker.ts';
import type { TopicCounter } from './measure/topic-counter.ts';

/** What every part of a benchmark is given. */
export interface Bench {
  readonly servers: Servers;
  readonly topics: TopicCounter;
  /** Of the tables that are streamed. */
  readonly shape: TableShape;
  /** Whether events go through transforms. */
  readonly hasTransforms: boolean;
  /** Whether the server's own tool is measured as well. */
  readonly hasReference: boolean;
  /** Aborted by ctrl-C: whatever waits or loops ends, what was made is taken down. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One connector at the line: everything is there but the start. */
export interface Attempt extends AsyncDisposable {
  readonly connector: string;
  /** How many changes have to arrive. */
  readonly expected: number;
  /** The one REST call that lets the changes flow. */
  go(): Promise<void>;
  /** Changes that have arrived at the far end so far. */
  arrived(): Promise<number>;
  /** From the commit at the source to a consumer, for cases that look at it. */
  latency?(): Latency;
  /** Changes a second that the server's own tool drains of the same log, once we are through. */
  reference?(): Promise<number>;
  /** Throws unless exactly the expected changes are at the far end. */
  verify(): Promise<void>;
}

/** A number of changes that systems can be let loose on, one after the other, as often as wanted. */
export interface Workload extends AsyncDisposable {
  attempt(worker: ConnectWorker): Promise<Attempt>;
}

export interface BenchCase {
  readonly kind: 'source' | 'sink';
  readonly prepare: (bench: Bench, rows: number, filler: () => Promise<ConnectWorker>) => Promise<Workload>;
}
