import { randomUUID } from 'node:crypto';
import { systemClock } from '@headrace/foundation';
import { coordinationStoreContract } from '@headrace/ports/contract';
import { EtcdCoordinationStore } from '../src/index.ts';

const endpoints = process.env['ETCD_ENDPOINTS']?.split(',');
if (endpoints === undefined) throw new Error('ETCD_ENDPOINTS is not set: run `eval "$(./scripts/stack env)"` first.');

const { signal } = new AbortController();

coordinationStoreContract('the coordination store on etcd', () => {
  const store = new EtcdCoordinationStore({ endpoints, clock: systemClock });
  const prefix = `/headrace-test/${randomUUID()}/`;
  return Promise.resolve({
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
      await store.client.kv.compact({ revision: String(revision), physical: false });
    },
    close: async () => {
      await store.transact({ if: [], then: [{ deletePrefix: prefix }] }, signal);
      await store[Symbol.asyncDispose]();
    },
  });
});
