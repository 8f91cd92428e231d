import { primitive, Struct, type StructSchema } from '@headrace/connector-api';
import { sourceBlockSchema, type CdcConfig, type EventTime, type SnapshotMarker } from '@headrace/cdc';
import type { Lsn } from '../lsn.ts';
import type { Origin } from '../pgoutput.ts';
import type { CapturedTable } from './captured-table.ts';

const optionalText = primitive('string', { isOptional: true });
const optionalLong = primitive('int64', { isOptional: true });

/** Source block of the PostgreSQL connector, with the fields of Debezium 3.5 and later. */
export const postgresSourceSchema: StructSchema = sourceBlockSchema('io.debezium.connector.postgresql.Source', [
  ['schema', primitive('string')],
  ['table', primitive('string')],
  ['txId', optionalLong],
  ['lsn', optionalLong],
  ['xmin', optionalLong],
  ['origin', optionalText],
  ['origin_lsn', optionalLong],
]);

/** Makes source blocks: what is the same for all changes of a transaction is prepared once. */
export class SourceBlocks {
  readonly version: string;
  readonly server: string;
  readonly database: string;
  /** Of the transaction that was begun last. */
  time: EventTime = { ms: 0, us: 0, ns: 0 };
  xid: number | null = null;
  sequenceHead = '';
  /** Null for what was written here. */
  origin: Origin | null = null;

  constructor(config: CdcConfig, database: string) {
    this.version = config['headrace.reported.version'];
    this.server = config['topic.prefix'];
    this.database = database;
  }

  /** `time`: of the commit, or of the snapshot. `lastCommit`: end of the transaction before; null: none seen yet. */
  begin(time: EventTime, xid: number | null, lastCommit: Lsn | null): void {
    this.time = time;
    this.xid = xid;
    this.origin = null;
    this.sequenceHead = lastCommit === null ? '[null,"' : `["${String(lastCommit)}","`;
  }

  /** `snapshot`: null for a streamed change, which tells `false`. */
  block(table: Pick<CapturedTable, 'schema' | 'name'>, lsn: Lsn, snapshot: SnapshotMarker | null): Struct {
    const { time, origin } = this;
    return new Struct(postgresSourceSchema, [
      this.version,
      'postgresql',
      this.server,
      time.ms,
      snapshot ?? 'false',
      this.database,
      `${this.sequenceHead}${String(lsn)}"]`,
      time.us,
      time.ns,
      table.schema,
      table.name,
      this.xid,
      lsn,
      null,
      origin?.name ?? null,
      origin?.lsn ?? null,
    ]);
  }
}
