import { expect, test } from '@jest/globals';
import { silentLogger } from '@headrace/foundation';
import type { IncrementalTable } from '../snapshot/incremental-state.ts';
import { IncrementalSnapshot, type ChunkSource, type HaltingStream, type Unreadable } from './incremental-snapshot.ts';
import { Notifications } from './notifications.ts';

const table: IncrementalTable = {
  path: 's.t',
  signal: 'i',
  condition: null,
  surrogateKey: null,
  lastKey: null,
  maxKey: null,
  rows: 0,
};

const stream: HaltingStream<number, never> = {
  stopAt: () => undefined,
  hasReached: false,
  goOn: () => {
    throw new Error('No rows are expected.');
  },
};

/** Chunks that arrive when the test says so. */
class SlowChunks implements ChunkSource<number> {
  readonly #reads: PromiseWithResolvers<Unreadable>[] = [];

  get begun(): number {
    return this.#reads.length;
  }

  read(): Promise<Unreadable> {
    const read = Promise.withResolvers<Unreadable>();
    this.#reads.push(read);
    return read.promise;
  }

  arrive(index: number): void {
    this.#reads[index]?.resolve({ kind: 'unreadable', status: 'EMPTY' });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a chunk that is abandoned ends before it is read again: readers have one session', async () => {
  const chunks = new SlowChunks();
  const { signal } = new AbortController();
  const notifications = new Notifications({ channels: new Set(), topic: null, server: 's', log: silentLogger, now: () => 0 });
  await using snapshot = new IncrementalSnapshot({
    chunks,
    state: { tables: [table], isPaused: false },
    notifications,
    log: silentLogger,
    tellProgress: () => undefined,
  });
  snapshot.step(stream, signal);
  await turn();
  snapshot.abandonChunk();
  snapshot.step(stream, signal);
  await turn();
  expect(chunks.begun).toBe(1);

  chunks.arrive(0);
  await turn();
  expect(chunks.begun).toBe(2);
  expect(snapshot.state.tables).toHaveLength(1);

  chunks.arrive(1);
  await turn();
  snapshot.step(stream, signal);
  expect(snapshot.state.tables).toHaveLength(0);
});
