import { describe, test } from '@jest/globals';
import type { TestServer } from './capture-run.ts';
import { checkBrokenNetwork } from './handover-check.ts';
import { checkLogFaults } from './log-faults-check.ts';
import { checkOtherServer } from './other-server-check.ts';
import { checkParallelSnapshot } from './parallel-snapshot-check.ts';
import { checkSchemaChanges } from './schema-changes-check.ts';
import { checkServerSwitch } from './server-switch-check.ts';
import { checkSignals } from './signals-check.ts';
import { checkSnapshotRestart } from './snapshot-restart-check.ts';
import { checkSourceFilter } from './source-filter-check.ts';
import { checkTableMemory } from './table-memory-check.ts';
import { checkTransactions } from './transactions-check.ts';

const checkNetwork = (server: TestServer): void => {
  test('loses and repeats nothing, in a snapshot on two connections and in the log', () =>
    checkBrokenNetwork(server, 41, { 'snapshot.max.threads': '2' }));
};

/** What holds on MySQL and MariaDB alike. */
export const checkFamily = (server: TestServer): void => {
  const parts = {
    'a snapshot that is interrupted again and again, under writes': checkSnapshotRestart,
    'a snapshot on several connections': checkParallelSnapshot,
    'transaction metadata': checkTransactions,
    'the topic of schema changes': checkSchemaChanges,
    'rows that were logged before an ALTER and are read after it': checkTableMemory,
    signals: checkSignals,
    'a server that lacks what the offset says it had': checkOtherServer,
    'another server that takes over': checkServerSwitch,
    'a log that lacks what is needed': checkLogFaults,
    'a network that breaks again and again': checkNetwork,
    'sources of transactions': checkSourceFilter,
  };
  for (const [title, check] of Object.entries(parts)) {
    describe(title, () => {
      check(server);
    });
  }
};
