import type { TopicPartition } from '@headrace/connector-api';
import { LANES, type PositionSql } from '../position-sql.ts';

const isOneOf = (partitions: readonly TopicPartition[]): string =>
  partitions.map(() => '(topic = ? AND partition_number = ?)').join(' OR ');

const valuesOf = (partitions: readonly TopicPartition[]): string[] =>
  partitions.flatMap(({ topic, partition }) => [topic, String(partition)]);

/** True where the epoch to be stored is not older; holds its meaning while the assignments run from left to right. */
const IS_NOT_OLDER = `(epoch_incarnation < VALUES(epoch_incarnation)
  OR (epoch_incarnation = VALUES(epoch_incarnation) AND epoch_revision <= VALUES(epoch_revision)))`;

const kept = (column: string): string => `${column} = IF(${IS_NOT_OLDER}, VALUES(${column}), ${column})`;

export const mysqlPositions: PositionSql = {
  // ASCII suffices for Kafka's topic names and keeps the key within an index; connector names may be anything.
  create: ({ table }) => ({
    text: `CREATE TABLE IF NOT EXISTS ${table} (
      cluster_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      connector varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      topic varchar(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      partition_number int NOT NULL,
      epoch_incarnation int NOT NULL, epoch_revision bigint NOT NULL, next_offset bigint NULL,
      session_token varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      applied_above longtext CHARACTER SET ascii COLLATE ascii_bin NULL,
      PRIMARY KEY (cluster_id, connector, topic, partition_number)) ENGINE=InnoDB`,
  }),
  extend: ({ table }) => ({
    text: `ALTER TABLE ${table} ADD COLUMN applied_above longtext CHARACTER SET ascii COLLATE ascii_bin NULL`,
  }),
  readAbove: ({ table, cluster, connector }) => ({
    text: `SELECT partition_number, applied_above FROM ${table} WHERE cluster_id = ? AND connector = ? AND topic = ?`,
    values: [cluster, connector, LANES],
  }),
  recordAbove: ({ table, cluster, connector }, epoch, { lane, above }) => ({
    text: `UPDATE ${table} FORCE INDEX (PRIMARY) SET applied_above = ? WHERE cluster_id = ? AND connector = ? AND topic = ?
      AND partition_number = ? AND epoch_incarnation = ? AND epoch_revision = ?`,
    values: [above, cluster, connector, LANES, String(lane), String(epoch.incarnation), String(epoch.revision)],
  }),
  read: ({ table, cluster, connector }, partitions) => ({
    text: `SELECT topic, partition_number, epoch_incarnation, epoch_revision, next_offset, session_token FROM ${table}
      WHERE cluster_id = ? AND connector = ? AND (${isOneOf(partitions)})`,
    values: [cluster, connector, ...valuesOf(partitions)],
  }),
  take: ({ table, cluster, connector }, { epoch, token }, partitions) => ({
    text: `INSERT INTO ${table}
      (cluster_id, connector, topic, partition_number, epoch_incarnation, epoch_revision, session_token)
      VALUES ${partitions.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}
      ON DUPLICATE KEY UPDATE ${kept('session_token')}, ${kept('epoch_revision')}, ${kept('epoch_incarnation')}`,
    values: partitions.flatMap(({ topic, partition }) => [
      cluster,
      connector,
      topic,
      String(partition),
      String(epoch.incarnation),
      String(epoch.revision),
      token,
    ]),
  }),
  advance: ({ table, cluster, connector }, epoch, positions) => ({
    text: `UPDATE ${table} FORCE INDEX (PRIMARY) SET next_offset = CASE
      ${positions.map(() => 'WHEN topic = ? AND partition_number = ? THEN ?').join(' ')} END
      WHERE cluster_id = ? AND connector = ? AND (${isOneOf(positions)}) AND epoch_incarnation = ? AND epoch_revision = ?`,
    values: [
      ...positions.flatMap(({ topic, partition, offset }) => [topic, String(partition), String(offset)]),
      cluster,
      connector,
      ...valuesOf(positions),
      String(epoch.incarnation),
      String(epoch.revision),
    ],
  }),
  forget: ({ table, cluster, connector }, partitions) => ({
    text: `DELETE FROM ${table} WHERE cluster_id = ? AND connector = ?${partitions === undefined ? '' : ` AND (${isOneOf(partitions)})`}`,
    values: [cluster, connector, ...(partitions === undefined ? [] : valuesOf(partitions))],
  }),
  insert: ({ table, cluster, connector }, positions) => ({
    text: `INSERT INTO ${table}
      (cluster_id, connector, topic, partition_number, epoch_incarnation, epoch_revision, next_offset, session_token)
      VALUES ${positions.map(() => "(?, ?, ?, ?, 0, 0, ?, '')").join(', ')}`,
    values: positions.flatMap(({ topic, partition, offset }) => [cluster, connector, topic, String(partition), String(offset)]),
  }),
  liveSessions: (tokens) => ({
    text: `SELECT session_id FROM (${tokens.map(() => 'SELECT IS_USED_LOCK(?) AS session_id').join(' UNION ALL ')}) AS live
      WHERE session_id IS NOT NULL`,
    values: tokens,
  }),
  endSession: (sessionId) => ({ text: `KILL CONNECTION ${String(BigInt(sessionId))}` }),
};
