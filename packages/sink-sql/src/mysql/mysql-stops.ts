import { stoppedValues, type StopSql } from '../stop-sql.ts';

export const mysqlStops: StopSql = {
  create: ({ table }) => ({
    text: `CREATE TABLE IF NOT EXISTS ${table} (
      cluster_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      connector varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      stopped_id char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      table_name varchar(255) CHARACTER SET utf8mb4 NOT NULL, row_key longtext CHARACTER SET utf8mb4 NULL,
      topic varchar(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, partition_number int NOT NULL, record_offset bigint NOT NULL,
      PRIMARY KEY (cluster_id, connector, stopped_id)) ENGINE=InnoDB`,
  }),
  read: ({ table, cluster, connector }) => ({
    text: `SELECT stopped_id FROM ${table} WHERE cluster_id = ? AND connector = ?`,
    values: [cluster, connector],
  }),
  insert: (scope, row) => ({
    text: `INSERT INTO ${scope.table} (cluster_id, connector, stopped_id, table_name, row_key, topic, partition_number, record_offset)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE stopped_id = stopped_id`,
    values: stoppedValues(scope, row),
  }),
};
