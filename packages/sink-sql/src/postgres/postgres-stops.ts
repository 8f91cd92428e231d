import { stoppedValues, type StopSql } from '../stop-sql.ts';

export const postgresStops: StopSql = {
  create: ({ table }) => ({
    text: `CREATE TABLE IF NOT EXISTS ${table} (
      cluster_id text NOT NULL, connector text NOT NULL, stopped_id text NOT NULL, table_name text NOT NULL, row_key text,
      topic text NOT NULL, partition_number integer NOT NULL, record_offset bigint NOT NULL,
      PRIMARY KEY (cluster_id, connector, stopped_id))`,
  }),
  read: ({ table, cluster, connector }) => ({
    text: `SELECT stopped_id FROM ${table} WHERE cluster_id = $1 AND connector = $2`,
    values: [cluster, connector],
  }),
  insert: (scope, row) => ({
    text: `INSERT INTO ${scope.table} (cluster_id, connector, stopped_id, table_name, row_key, topic, partition_number, record_offset)
      VALUES ($1, $2, $3, $4, $5, $6, $7::integer, $8::bigint) ON CONFLICT DO NOTHING`,
    values: stoppedValues(scope, row),
  }),
};
