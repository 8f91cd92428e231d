import { mapOf, primitive, Struct, structOf, type ConnectorNotification, type SourceRecord } from '@headrace/connector-api';
import type { Logger } from '@headrace/foundation';

const text = primitive('string');
const keySchema = structOf([['id', text]], { name: 'io.debezium.connector.common.NotificationKey', version: 1 });
const valueSchema = structOf(
  [
    ['id', text],
    ['type', text],
    ['aggregate_type', text],
    ['additional_data', mapOf(text, text, { isOptional: true })],
    ['timestamp', primitive('int64')],
  ],
  { name: 'io.debezium.connector.common.Notification', version: 1 },
);

export interface Notification {
  /** Of the signal that asked, or of the run. */
  readonly id: string;
  readonly aggregate: 'Initial Snapshot' | 'Incremental Snapshot';
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
}

export interface NotificationOptions {
  /** `sink`, `log`. */
  readonly channels: ReadonlySet<string>;
  /** For the sink channel. */
  readonly topic: string | null;
  /** topic.prefix. */
  readonly server: string;
  readonly log: Logger;
  readonly now: () => number;
  /** Where the last ones can be read by REST. Left out: nowhere. */
  readonly notify?: (notification: ConnectorNotification) => void;
}

/** Tells operators how snapshots go: as records that leave with the next batch, as log lines, and by REST. */
export class Notifications {
  readonly #options: NotificationOptions;
  #outbox: SourceRecord[] = [];

  constructor(options: NotificationOptions) {
    this.#options = options;
  }

  tell({ id, aggregate, type, data = {} }: Notification): void {
    const { channels, topic, server, log, now, notify } = this.#options;
    const additional = { connector_name: server, ...data };
    notify?.({ id, aggregate, type, data: additional, at: now() });
    if (channels.has('log')) log.info(`${aggregate}: ${type}`, { id, ...additional });
    if (!channels.has('sink') || topic === null) return;
    this.#outbox.push({
      topic,
      partition: undefined,
      keySchema,
      key: new Struct(keySchema, [id]),
      valueSchema,
      value: new Struct(valueSchema, [id, type, aggregate, new Map(Object.entries(additional)), now()]),
      headers: [],
      timestamp: undefined,
    });
  }

  /** A table of a snapshot is read. */
  tellTableDone(id: string, path: string, rows: number): void {
    const data = { scanned_collection: path, total_rows_scanned: String(rows), status: 'SUCCEEDED' };
    this.tell({ id, aggregate: 'Initial Snapshot', type: 'TABLE_SCAN_COMPLETED', data });
  }

  get hasAny(): boolean {
    return this.#outbox.length > 0;
  }

  /** Records that wait to be sent. */
  take(): readonly SourceRecord[] {
    const records = this.#outbox;
    if (records.length > 0) this.#outbox = [];
    return records;
  }
}
