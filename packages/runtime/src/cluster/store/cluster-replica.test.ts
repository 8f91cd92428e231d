import { expect, test } from '@jest/globals';
import { silentLogger, Stopped } from '@headrace/foundation';
import type { ChangeSet, CoordinationStore } from '@headrace/ports';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { ClusterReplica } from './cluster-replica.ts';
import { createKeyspace } from './keyspace.ts';
import { codecs } from './values.ts';

const { signal } = new AbortController();
const keys = createKeyspace('test');

test('the replica never goes back, though a watch tells old news again', async () => {
  const clock = new VirtualClock();
  const real = new MemoryCoordinationStore(clock);
  const put = (state: 'STARTED' | 'PAUSED') =>
    real.transact({ if: [], then: [{ put: keys.target('a'), value: codecs.target.encode({ state }) }] }, signal);
  await real.transact(
    { if: [], then: [{ put: keys.config('a'), value: codecs.config.encode({ config: {}, kind: 'source', configVersion: 1 }) }] },
    signal,
  );
  /** Tells everything once more after each change. */
  const forgetful = async function* (prefix: string, revision: bigint, until: AbortSignal): AsyncGenerator<ChangeSet> {
    for await (const set of real.watch(prefix, revision, until)) {
      yield set;
      yield* real.server.changesAfter(prefix, 0n).slice(0, -1);
    }
  };
  const store = new Proxy<CoordinationStore>(real, {
    get: (target, name) => {
      const member: unknown = name === 'watch' ? forgetful : Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const replica = new ClusterReplica({ store, keys, clock, log: silentLogger });
  const end = new AbortController();
  const running = replica.run(end.signal);
  await clock.advance(10);
  await put('STARTED');
  await put('PAUSED');
  await clock.advance(10);
  expect(replica.model.revision).toBe(real.server.revision);
  expect(replica.model.connectors.get('a')?.target).toBe('PAUSED');
  end.abort(new Stopped('done'));
  await expect(running).resolves.toBeUndefined();
});
