import { Backoff, ByteQueue, linkSignal, Stopped, toError, type Clock } from '@headrace/foundation';
import { compacted, type ChangeSet } from '@headrace/ports';
import type { Etcd3, IDuplexStream, IWatchRequest, IWatchResponse } from 'etcd3';
import { changeSetsOf, rangeEnd } from './etcd-entries.ts';
import { isCompaction } from './etcd-failure.ts';

/** Change sets held for a slow reader, at most; beyond, the stream is dropped and taken up again where the reader is. */
const QUEUE_BYTES = 8 * 1_024 * 1_024;

/**
 * How often a sign of life is asked for. A member that hangs, or is cut off without a word, would leave us with an old state
 * until the transport notices, which takes as long as two leases.
 */
const LIFE_MS = 1_500;
const UNANSWERED_MAX = 2;

type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

/**
 * Changes under `prefix` after `revision`. Lost connections are taken up again from the last revision given; only a
 * compacted revision ends it, and the signal.
 */
export const watchPrefix = async function* (
  client: Etcd3,
  start: { readonly prefix: string; readonly revision: bigint },
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<ChangeSet> {
  const backoff = new Backoff(clock, { initialMs: 50, maxMs: 1_000 });
  let seen = start.revision;
  for (;;) {
    try {
      for await (const set of oneStream(client, { ...start, revision: seen }, clock, signal)) {
        seen = set.revision;
        backoff.reset();
        yield set;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isCompaction(error)) throw compacted(start.prefix, seen, error);
    }
    await backoff.wait(signal);
  }
};

/** One connection's worth of the watch. */
const oneStream = async function* (
  client: Etcd3,
  { prefix, revision }: { readonly prefix: string; readonly revision: bigint },
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<ChangeSet> {
  signal.throwIfAborted();
  const queue = new ByteQueue<ChangeSet>(QUEUE_BYTES);
  const stream = await client.watchClient.watch();
  using asking = linkSignal(signal);
  try {
    const key = Buffer.from(prefix);
    stream.write({ create_request: { key, range_end: rangeEnd(prefix), start_revision: String(revision + 1n) } });
    feed(stream, queue);
    askForLife(stream, queue, clock, asking.signal).catch(() => undefined);
    for (;;) yield await queue.take(signal);
  } finally {
    asking.abort(new Stopped('done'));
    stream.cancel();
  }
};

/** Counts questions rather than time: our own loop may have stood still. */
const askForLife = async (stream: WatchStream, queue: ByteQueue<ChangeSet>, clock: Clock, signal: AbortSignal): Promise<void> => {
  let unanswered = 0;
  stream.on('data', () => {
    unanswered = 0;
  });
  while (unanswered <= UNANSWERED_MAX) {
    await clock.sleep(LIFE_MS, signal);
    unanswered += 1;
    stream.write({ progress_request: {} });
  }
  queue.fail(new Error('etcd does not answer on the stream of the watch.'));
};

const feed = (stream: WatchStream, queue: ByteQueue<ChangeSet>): void => {
  stream.on('data', (response) => {
    if (response.canceled) {
      const isTooOld = response.compact_revision !== '0';
      queue.fail(new Error(isTooOld ? 'The revision has been compacted.' : `etcd cancelled the watch: ${response.cancel_reason}`));
      return;
    }
    for (const set of changeSetsOf(response.events)) queue.push(set, sizeOf(set));
    if (queue.isFull) queue.fail(new Error('The reader of the watch is too slow.'));
  });
  stream.on('error', (error) => {
    queue.fail(toError(error));
  });
  stream.on('end', () => {
    queue.fail(new Error('etcd ended the watch stream.'));
  });
};

const sizeOf = (set: ChangeSet): number =>
  set.changes.reduce((sum, change) => sum + change.key.length + (change.entry?.value.length ?? 0), 64);
