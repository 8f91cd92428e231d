import { systemClock } from '@headrace/foundation';
import type { CoordinationHarness } from '@headrace/ports/contract';
import type { EtcdCoordinationStore } from '../src/index.ts';

const { signal } = new AbortController();

/** What the contract needs of any etcd; `client` may compact it. */
export const etcdHarness = (
  store: EtcdCoordinationStore,
  prefix: string,
  client: EtcdCoordinationStore['client'],
): Omit<CoordinationHarness, 'close'> => ({
  store,
  prefix,
  until: async (condition) => {
    const deadline = systemClock.monotonic() + 15_000;
    while (!(await condition())) {
      if (systemClock.monotonic() > deadline) throw new Error('Nothing happened within 15 s.');
      await systemClock.sleep(100, signal);
    }
  },
  compact: async () => {
    const { revision } = await store.list(prefix, signal);
    await client.kv.compact({ revision: String(revision), physical: false });
  },
});
