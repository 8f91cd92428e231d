import { VirtualClock } from '@headrace/testkit';
import { coordinationStoreContract } from '../contract/coordination-store-contract.ts';
import { MemoryCoordinationStore } from './memory-coordination-store.ts';

coordinationStoreContract('the coordination store in memory', () => {
  const clock = new VirtualClock();
  const store = new MemoryCoordinationStore(clock);
  return Promise.resolve({
    store,
    prefix: '/test/',
    until: (condition) => clock.until(condition),
    compact: () => {
      store.server.compact();
      return Promise.resolve();
    },
    close: () => store[Symbol.asyncDispose](),
  });
});
