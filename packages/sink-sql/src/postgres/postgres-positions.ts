import { LANES, type PositionSql } from '../position-sql.ts';

/** PostgreSQL reads a list of partitions from two arrays. */
const topicsAndPartitions = (partitions: readonly { readonly topic: string; readonly partition: number }[]): [string, string] => [
  `{${partitions.map(({ topic }) => `"${topic.replace(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`,
  `{${partitions.map(({ partition }) => String(partition)).join(',')}}`,
];

export const postgresPositions: PositionSql = {
  create: ({ table }) => ({
    text: `CREATE TABLE IF NOT EXISTS ${table} (
      cluster_id text NOT NULL, connector text NOT NULL, topic text NOT NULL, partition_number integer NOT NULL,
      epoch_incarnation integer NOT NULL, epoch_revision bigint NOT NULL, next_offset bigint, session_token text NOT NULL,
      applied_above text,
      PRIMARY KEY (cluster_id, connector, topic, partition_number))`,
  }),
  extend: ({ table }) => ({ text: `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS applied_above text` }),
  readAbove: ({ table, cluster, connector }) => ({
    text: `SELECT partition_number, applied_above FROM ${table} WHERE cluster_id = $1 AND connector = $2 AND topic = $3`,
    values: [cluster, connector, LANES],
  }),
  recordAbove: ({ table, cluster, connector }, epoch, { lane, above }) => ({
    text: `UPDATE ${table} SET applied_above = $7 WHERE cluster_id = $1 AND connector = $2 AND topic = $3
      AND partition_number = $4::integer AND epoch_incarnation = $5::integer AND epoch_revision = $6::bigint`,
    values: [cluster, connector, LANES, String(lane), String(epoch.incarnation), String(epoch.revision), above],
    isRepeated: true,
  }),
  read: ({ table, cluster, connector }, partitions) => ({
    text: `SELECT topic, partition_number, epoch_incarnation, epoch_revision, next_offset, session_token FROM ${table}
      JOIN unnest($3::text[], $4::integer[]) AS w(t, p) ON topic = w.t AND partition_number = w.p
      WHERE cluster_id = $1 AND connector = $2`,
    values: [cluster, connector, ...topicsAndPartitions(partitions)],
  }),
  take: ({ table, cluster, connector }, { epoch, token }, partitions) => ({
    text: `INSERT INTO ${table} AS p
      (cluster_id, connector, topic, partition_number, epoch_incarnation, epoch_revision, session_token)
      SELECT $1, $2, w.t, w.p, $5::integer, $6::bigint, $7 FROM unnest($3::text[], $4::integer[]) AS w(t, p)
      ON CONFLICT (cluster_id, connector, topic, partition_number) DO UPDATE
      SET epoch_incarnation = EXCLUDED.epoch_incarnation, epoch_revision = EXCLUDED.epoch_revision, session_token = EXCLUDED.session_token
      WHERE (p.epoch_incarnation, p.epoch_revision) <= (EXCLUDED.epoch_incarnation, EXCLUDED.epoch_revision)`,
    values: [cluster, connector, ...topicsAndPartitions(partitions), String(epoch.incarnation), String(epoch.revision), token],
  }),
  advance: ({ table, cluster, connector }, epoch, positions) => ({
    text: `UPDATE ${table} AS p SET next_offset = w.o FROM unnest($3::text[], $4::integer[], $5::bigint[]) AS w(t, p, o)
      WHERE p.cluster_id = $1 AND p.connector = $2 AND p.topic = w.t AND p.partition_number = w.p
      AND p.epoch_incarnation = $6::integer AND p.epoch_revision = $7::bigint`,
    values: [
      cluster,
      connector,
      ...topicsAndPartitions(positions),
      `{${positions.map(({ offset }) => String(offset)).join(',')}}`,
      String(epoch.incarnation),
      String(epoch.revision),
    ],
    isRepeated: true,
  }),
  forget: ({ table, cluster, connector }, partitions) => ({
    text: `DELETE FROM ${table} WHERE cluster_id = $1 AND connector = $2${
      partitions === undefined ? '' : ' AND (topic, partition_number) IN (SELECT * FROM unnest($3::text[], $4::integer[]))'
    }`,
    values: [cluster, connector, ...(partitions === undefined ? [] : topicsAndPartitions(partitions))],
  }),
  insert: ({ table, cluster, connector }, positions) => ({
    text: `INSERT INTO ${table}
      (cluster_id, connector, topic, partition_number, epoch_incarnation, epoch_revision, next_offset, session_token)
      SELECT $1, $2, w.t, w.p, 0, 0, w.o, '' FROM unnest($3::text[], $4::integer[], $5::bigint[]) AS w(t, p, o)`,
    values: [cluster, connector, ...topicsAndPartitions(positions), `{${positions.map(({ offset }) => String(offset)).join(',')}}`],
  }),
  liveSessions: (tokens) => ({
    text: `SELECT pid AS session_id FROM pg_stat_activity WHERE application_name IN (${tokens.map((_, index) => `$${String(index + 1)}`).join(', ')})`,
    values: tokens,
  }),
  endSession: (sessionId) => ({ text: 'SELECT pg_terminate_backend($1::integer)', values: [sessionId] }),
};
