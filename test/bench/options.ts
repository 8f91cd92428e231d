import { parseArgs } from 'node:util';
import { plainRowBytes, type TableShape } from './sources/orders.ts';

export const usage = `Usage: ./scripts/bench CASE [--rows N] [--runs N] [--tables N] [--row-bytes N] [--transforms] [--reference]
                       [--peer debezium] [--guarantee G] [--profile]

Measures what one worker moves, counted where it arrives, and at what cost. Prints one JSON line per run and, with a
peer, the ratios ours / peer. Progress goes to standard error. Method: test/bench/README.md.

  CASE         pg-snapshot, mysql-snapshot   a table read into Kafka
               pg-stream, mysql-stream       a backlog of inserts, updates and deletes (50/40/10) drained into Kafka
               pg-latency                    single-row transactions, 1,000 a second: time from commit to a consumer
               sink-pg, sink-mariadb         a topic applied to PostgreSQL or MariaDB
               sink-latency                  the same pace as pg-latency: time from commit to commit, PostgreSQL to PostgreSQL
  --rows       changes per run; official numbers need 2000000 or more (default 200000)
  --runs       runs of each system (default 3, official 5)
  --tables     pg-stream: tables that share the changes, in turn by transaction (default 1)
  --row-bytes  pg-stream: size of a row as text, 100 to 1000000 (default 138); updates change the part that is filled up
  --transforms snapshots and streams: events become rows by ExtractNewRecordState, deletes included, in both systems
  --reference  pg-stream, mysql-stream: after each of our runs pg_recvlogical or mariadb-binlog --raw drains the same log to files
  --peer       debezium: Kafka Connect with Debezium, in turn with ours on the same servers
  --guarantee  at-least-once (default) or exactly-once, for the sources of both systems
  --systems    which to run, for work on the benchmark itself: headrace,debezium
  --profile    CPU profile of our task thread over the measured run, with the hottest functions printed

PORT_BASE chooses the servers (default 31000, the benchmark's own); servers that were not up are stopped at the end.
Exit codes: 0 measured, 1 failed, 2 usage, 130 interrupted.`;

export const caseNames = [
  'pg-snapshot',
  'pg-stream',
  'mysql-snapshot',
  'mysql-stream',
  'pg-latency',
  'sink-pg',
  'sink-mariadb',
  'sink-latency',
] as const;
export type CaseName = (typeof caseNames)[number];

export const systemNames = ['headrace', 'debezium'] as const;
export type SystemName = (typeof systemNames)[number];

export const guarantees = ['at-least-once', 'exactly-once'] as const;
export type Guarantee = (typeof guarantees)[number];

export interface BenchOptions {
  readonly caseName: CaseName;
  readonly rows: number;
  readonly runs: number;
  /** In the order in which they take turns. */
  readonly systems: readonly SystemName[];
  readonly guarantee: Guarantee;
  readonly shape: TableShape;
  /** Whether events go through transforms. */
  readonly hasTransforms: boolean;
  /** Whether each of our runs is followed by the server's own tool. */
  readonly hasReference: boolean;
  readonly isProfiling: boolean;
}

const oneOf = <T extends string>(what: string, allowed: readonly T[], value: string): T => {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Error(`${what} takes ${allowed.join(', ')}, not "${value}".`);
  return found;
};

const count = (what: string, value: string, least: number): number => {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < least) throw new Error(`${what} takes a whole number from ${String(least)}, not "${value}".`);
  return parsed;
};

const streams: readonly string[] = ['pg-stream', 'mysql-stream'];

/** Throws with the sentence to print when the words are not understood. */
export const parseOptions = (words: readonly string[]): BenchOptions => {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: '200000' },
      runs: { type: 'string', default: '3' },
      peer: { type: 'string' },
      systems: { type: 'string' },
      guarantee: { type: 'string', default: 'at-least-once' },
      tables: { type: 'string', default: '1' },
      'row-bytes': { type: 'string', default: String(plainRowBytes) },
      transforms: { type: 'boolean', default: false },
      reference: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const [caseName, ...others] = positionals;
  if (caseName === undefined || others.length > 0) throw new Error(`Name one case: ${caseNames.join(', ')}.`);
  if (values.peer !== undefined) oneOf('--peer', ['debezium'], values.peer);
  const shape = { tables: count('--tables', values.tables, 1), rowBytes: count('--row-bytes', values['row-bytes'], 100) };
  const { transforms: hasTransforms, reference: hasReference } = values;
  const isShaped = shape.tables > 1 || shape.rowBytes !== plainRowBytes;
  for (const { isAsked, options, cases } of [
    { isAsked: isShaped, options: '--tables and --row-bytes are', cases: ['pg-stream'] },
    { isAsked: hasReference, options: '--reference is', cases: streams },
    { isAsked: hasTransforms, options: '--transforms is', cases: [...streams, 'pg-snapshot', 'mysql-snapshot'] },
  ])
    if (isAsked && !cases.includes(caseName)) throw new Error(`${options} of ${cases.join(', ')} alone.`);
  const systems = values.systems ?? (values.peer === undefined ? 'headrace' : 'headrace,debezium');
  return {
    caseName: oneOf('The benchmark', caseNames, caseName),
    // Fewer give no window to read a rate in.
    rows: count('--rows', values.rows, 1_000),
    runs: count('--runs', values.runs, 1),
    systems: systems.split(',').map((name) => oneOf('--systems', systemNames, name)),
    guarantee: oneOf('--guarantee', guarantees, values.guarantee),
    shape,
    hasTransforms,
    hasReference,
    isProfiling: values.profile,
  };
};
