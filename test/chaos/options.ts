import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  /** Faults of the random schedule. */
  readonly faults: number;
  /** Owners killed one by one, each take-over measured. */
  readonly kills: number;
  /** Whether each worker is restarted in turn, with its gap measured. */
  readonly hasPlannedRestarts: boolean;
  /** Whether tasks that loop or grow are put beside the flows. */
  readonly hasBadNeighbours: boolean;
  readonly brokers: 1 | 3;
  /** Whether a third flow begins at MySQL, where its server can be had. */
  readonly hasMysql: boolean;
  /** Members of etcd; three elect a leader and go on without one of them. */
  readonly etcdMembers: 1 | 3;
  readonly isAtLeastOnce: boolean;
}

export const usage = `Usage: ./scripts/chaos [OPTION]...

  --seed N            of the schedule; the same seed gives the same faults. Default: a new one, which is printed
  --faults N          faults of the random schedule, up to three at a time. Default 60
  --kills N           owners killed under load, one by one, with the time of each take-over. Default 10
  --no-restarts       leave out the planned restart of each worker
  --no-neighbours     leave out the tasks that loop or grow beside the others
  --no-mysql          leave out the flow that begins at MySQL
  --brokers 1|3       Kafka brokers. Default 1
  --etcd 1|3          members of etcd. Default 1, the stack's
  --at-least-once     workers with exactly.once.source.support=disabled: repeats are counted, not refused

Three workers copy PostgreSQL to MariaDB, MariaDB to PostgreSQL and, where its server can be had, MySQL to PostgreSQL, while all
are written. The stack of PORT_BASE is used, and started if it is not up. Exit codes: 1 something was lost, doubled, reordered,
or not taken over in time; 2 usage.`;

export const defaults: ChaosOptions = {
  seed: 1,
  faults: 60,
  kills: 10,
  hasPlannedRestarts: true,
  hasBadNeighbours: true,
  hasMysql: true,
  brokers: 1,
  etcdMembers: 1,
  isAtLeastOnce: false,
};

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`"${text}" is not a whole number.`);
  return value;
};

const oneOrThree = (text: string): 1 | 3 => {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new Error(`"${text}" is neither 1 nor 3.`);
};

/** Throws with the sentence to print when the words are not understood. */
export const parseOptions = (words: readonly string[]): ChaosOptions => {
  const text = (value: number): { readonly type: 'string'; readonly default: string } => ({ type: 'string', default: String(value) });
  const { values } = parseArgs({
    args: [...words],
    options: {
      seed: text(Math.floor(Math.random() * 1_000_000)),
      faults: text(defaults.faults),
      kills: text(defaults.kills),
      'no-restarts': { type: 'boolean', default: !defaults.hasPlannedRestarts },
      'no-neighbours': { type: 'boolean', default: !defaults.hasBadNeighbours },
      'no-mysql': { type: 'boolean', default: !defaults.hasMysql },
      brokers: text(defaults.brokers),
      etcd: text(defaults.etcdMembers),
      'at-least-once': { type: 'boolean', default: defaults.isAtLeastOnce },
    },
  });
  return {
    seed: number(values.seed),
    faults: number(values.faults),
    kills: number(values.kills),
    hasPlannedRestarts: !values['no-restarts'],
    hasBadNeighbours: !values['no-neighbours'],
    hasMysql: !values['no-mysql'],
    brokers: oneOrThree(values.brokers),
    etcdMembers: oneOrThree(values.etcd),
    isAtLeastOnce: values['at-least-once'],
  };
};
