import type { Mutation } from './mutations.ts';
import type { ServerTest } from './run-on-servers.ts';

/** A defect where the product meets a real server, of which the simulation has only a double. */
export interface ServerMutation extends Mutation {
  readonly test: ServerTest;
}

const cluster: ServerTest = { suite: 'packages/runtime', file: 'cluster-on-etcd' };
const kafka: ServerTest = { suite: 'packages/kafka', file: 'kafka-contract' };

export const serverMutations: readonly ServerMutation[] = [
  {
    what: 'confirm ownership without asking etcd',
    file: 'runtime/src/cluster/worker/ownership.ts',
    find: 'if (await this.#holds(grip, grip.premise.comparison, signal)) return true;',
    replace: 'if (grip.epoch.revision > 0n) return true;',
    test: { ...cluster, named: 'a former owner that asks' },
  },
  {
    what: 'put markers of the new epoch into every partition at a take-over',
    file: 'kafka/src/producer/take-over.ts',
    find: '      await session.fence(partitions, signal);\n',
    replace: '',
    test: { ...kafka, named: 'whose id was taken by' },
  },
  {
    what: 'ask for the ownership before a producer id is taken',
    file: 'kafka/src/producer/take-over.ts',
    find: "    await requireOwnership(options, signal);\n    crashPoint('take-over.before-producer');",
    replace: "    crashPoint('take-over.before-producer');",
    test: { ...kafka, named: 'a stale owner that opens again' },
  },
  {
    what: 'wait for undecided transactions before positions are read',
    file: 'kafka/src/offsets/offsets-log.ts',
    find: '(stable.get(partition) ?? 0n) < (ends.get(partition) ?? 0n)',
    replace: '(stable.get(partition) ?? 0n) > (ends.get(partition) ?? 0n)',
    test: { ...kafka, named: 'undecided' },
  },
  {
    what: 'end the walsender of the former owner',
    file: 'source-postgres/src/slot.ts',
    find: "await query(client, 'SELECT pg_terminate_backend($1)', [pid]);",
    replace: 'await Promise.resolve();',
    test: { suite: 'packages/source-postgres', file: 'faults.integration', named: 'goes from a former owner to the new one' },
  },
  {
    what: 'end the session of the former owner of a SQL sink',
    file: 'sink-sql/src/apply/positions.ts',
    find: 'if (live.length === 0) return;',
    replace: 'if (live.length >= 0) return;',
    test: { suite: 'test', file: 'e2e/sink-crash-points', named: 'holds up nobody' },
  },
  {
    what: 'refuse a transaction whose fence row has another epoch',
    file: 'sink-sql/src/postgres/postgres-positions.ts',
    find: '\n      AND p.epoch_incarnation = $6::integer AND p.epoch_revision = $7::bigint`',
    replace: '\n      AND $6::integer + $7::bigint > 0`',
    test: { suite: 'packages/sink-sql', file: 'ownership.integration', named: 'a task thought dead is refused' },
  },
];
