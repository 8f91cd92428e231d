import { primitive, Struct, structOf, type SourceRecord } from '@headrace/connector-api';

const keySchema = structOf([['serverName', primitive('string')]], { name: 'io.debezium.connector.common.ServerNameKey', version: 1 });
const valueSchema = structOf([['ts_ms', primitive('int64')]], { name: 'io.debezium.connector.common.Heartbeat', version: 1 });

/** A heartbeat record: always in partition 0, without context headers. `server` is topic.prefix. */
export const heartbeatRecord = (topic: string, server: string, nowMs: number): SourceRecord => ({
  topic,
  partition: 0,
  keySchema,
  key: new Struct(keySchema, [server]),
  valueSchema,
  value: new Struct(valueSchema, [nowMs]),
  headers: [],
  timestamp: undefined,
});
