import { randomUUID } from 'node:crypto';
import { systemClock } from '@headrace/foundation';
import { coordinationStoreContract } from '@headrace/ports/contract';
import { EtcdCoordinationStore } from '../src/index.ts';
import { etcdHarness } from './etcd-harness.ts';

const endpoints = process.env['ETCD_ENDPOINTS']?.split(',');
if (endpoints === undefined) throw new Error('ETCD_ENDPOINTS is not set: run `eval "$(./scripts/stack env)"` first.');

const { signal } = new AbortController();

coordinationStoreContract('the coordination store on etcd', () => {
  const store = new EtcdCoordinationStore({ endpoints, clock: systemClock });
  const prefix = `/headrace-test/${randomUUID()}/`;
  return Promise.resolve({
    ...etcdHarness(store, prefix, store.client),
    close: async () => {
      await store.transact({ if: [], then: [{ deletePrefix: prefix }] }, signal);
      await store[Symbol.asyncDispose]();
    },
  });
});
