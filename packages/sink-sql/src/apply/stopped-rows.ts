import type { SinkTaskContext } from '@headrace/connector-api';
import { isHeadraceError, RecordError } from '@headrace/foundation';
import { createHash } from 'node:crypto';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { placeOf, type Change } from '../record/change.ts';
import type { StopScope } from '../stop-sql.ts';
import type { PendingRecord } from './pending-record.ts';

export interface StoppedRowsOptions {
  readonly dialect: Dialect;
  readonly context: Pick<SinkTaskContext, 'clusterId' | 'id'>;
  /** Name of the table that keeps them. */
  readonly table: string;
  /** What a refused row stops. */
  readonly unit: 'key' | 'table';
}

/**
 * Keys, or tables, of which a row was refused: what comes for them later goes to the error policy too, in order, until somebody
 * deletes their line from the table in the target. So a later change is never applied without the one before it.
 */
export class StoppedRows {
  readonly #options: StoppedRowsOptions;
  readonly #stopped = new Set<string>();

  constructor(options: StoppedRowsOptions) {
    this.#options = options;
  }

  /** Reads what earlier tasks have stopped; creates the table where it is missing. */
  async load(session: SqlSession, signal: AbortSignal): Promise<void> {
    const { dialect, table } = this.#options;
    try {
      const known = await dialect.readTable(session, { schema: session.defaultSchema, name: table }, signal);
      if (known === null) await session.query(dialect.stops.create(this.#scope(session)), signal);
      const { rows } = await session.query(dialect.stops.read(this.#scope(session)), signal);
      this.#stopped.clear();
      for (const row of rows) this.#stopped.add(row['stopped_id'] ?? '');
    } catch (error) {
      if (signal.aborted || isHeadraceError(error)) throw error;
      throw failureOf(dialect, error, `reading what is stopped in table ${table}`);
    }
  }

  /** Why a change is not to be applied. */
  refusalOf({ record, change }: PendingRecord): RecordError | undefined {
    if (change === null || this.#stopped.size === 0 || !this.#stopped.has(this.#idOf(change) ?? '')) return undefined;
    const { unit, table } = this.#options;
    return new RecordError(
      errors.held_back.code,
      `An earlier row of the same ${unit} as ${placeOf(record)} was refused by table "${tableOf(change).id.name}". Correct it, then delete its line from "${table}" and restart the task.`,
      { fields: { table: tableOf(change).id.name } },
    );
  }

  /** In the transaction that passes the refused record: stops its key or table. Rejects with the driver's error. */
  async store(session: SqlSession, { record, stops }: PendingRecord, signal: AbortSignal): Promise<void> {
    const id = stops === undefined ? undefined : this.#idOf(stops);
    if (stops === undefined || id === undefined) return;
    const { schema, name } = tableOf(stops).id;
    const key = this.#options.unit === 'key' && stops.kind !== 'truncate' ? (stops.key ?? null) : null;
    const row = { id, table: `${schema}.${name}`, key, place: record.original };
    await session.query(this.#options.dialect.stops.insert(this.#scope(session), row), signal);
  }

  /** That transaction is committed. */
  stored({ stops }: PendingRecord): void {
    const id = stops === undefined ? undefined : this.#idOf(stops);
    if (id !== undefined) this.#stopped.add(id);
  }

  /** Rows without a key have nothing that could be stopped but their table. */
  #idOf(change: Change): string | undefined {
    const { schema, name } = tableOf(change).id;
    if (this.#options.unit === 'table') return hash([schema, name]);
    return change.kind === 'truncate' || change.key === undefined ? undefined : hash([schema, name, change.key]);
  }

  #scope(session: SqlSession): StopScope {
    const { dialect, table, context } = this.#options;
    return {
      table: `${dialect.quote(session.defaultSchema)}.${dialect.quote(table)}`,
      cluster: context.clusterId,
      connector: context.id.connector,
    };
  }
}

const tableOf = (change: Change) => (change.kind === 'truncate' ? change.table : change.shape.table);

const hash = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
