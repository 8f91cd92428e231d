import type { PositionAlteration, SinkTask, SinkTaskContext } from '@headrace/connector-api';
import { Secret } from '@headrace/foundation';
import { alterSqlPositions } from './apply/alter-positions.ts';
import { AppliedPositions } from './apply/applied-positions.ts';
import { Applier } from './apply/applier.ts';
import { BatchCommitter } from './apply/batch-committer.ts';
import { BatchLimit } from './apply/batch-limit.ts';
import { openSession, type SessionRequest } from './session/open-session.ts';
import { Positions } from './apply/positions.ts';
import { SessionKeeper } from './session/session-keeper.ts';
import { StoppedRows } from './apply/stopped-rows.ts';
import { TargetGuard, type TargetGuardOptions } from './session/target-guard.ts';
import { WholeTransactions } from './apply/whole-transactions.ts';
import type { InsertMode } from './apply/batch.ts';
import { mayDropColumns, type SqlConfig } from './config.ts';
import { ColumnarBatches } from './columns/columnar-batch.ts';
import { serverNames, type ConnectionTarget } from './connection-target.ts';
import { parseConnectionUrl } from './connection-url.ts';
import type { Dialect } from './dialect/dialect.ts';
import { mysqlDialect } from './mysql/mysql-dialect.ts';
import { LaneRows } from './parallel/lane-rows.ts';
import { TransactionApplier } from './parallel/transaction-applier.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';
import { ChangeReader } from './record/change-reader.ts';
import { compileFieldFilter } from './record/field-filter.ts';
import type { LayoutOptions } from './record/record-layout.ts';
import { compileTableName } from './record/table-name.ts';
import { countApplied, SqlSinkTask, type SqlSinkTaskParts, type Transactions } from './sink-task.ts';
import type { EvolutionPolicy } from './table/schema-changes.ts';
import { TableRegistry } from './table/table-registry.ts';

const targetOf = (config: SqlConfig): ConnectionTarget => {
  const parsed = parseConnectionUrl(config['connection.url']);
  if ('problem' in parsed) throw new TypeError(`connection.url was not validated: ${parsed.problem}`);
  const { target } = parsed;
  return {
    ...target,
    user: config['connection.username'] ?? target.user,
    password: config['connection.password'] ?? target.password ?? new Secret(''),
  };
};

const dialectOf = (target: ConnectionTarget): Dialect => (target.dialect === 'postgres' ? postgresDialect : mysqlDialect);

const readerOf = (config: SqlConfig, context: SinkTaskContext, dialect: Dialect): ChangeReader => {
  const insertMode = config['insert.mode'].toLowerCase();
  const foldName = (name: string): string => (config['quote.identifiers'] || dialect.name === 'mysql' ? name : name.toLowerCase());
  return new ChangeReader({
    layout: {
      keyMode: config['primary.key.mode'].toLowerCase() as LayoutOptions['keyMode'],
      keyFields: config['primary.key.fields'],
      filter: compileFieldFilter(config['field.include.list'], config['field.exclude.list']),
      columnName: foldName,
    },
    tableName: compileTableName(config['collection.name.format'], config['collection.naming.strategy'].includes('Passthrough')),
    registry: new TableRegistry({
      dialect,
      policy:
        config['schema.evolution'].toLowerCase() === 'none' ? 'none' : (config['schema.evolution.policy'].toLowerCase() as EvolutionPolicy),
      log: context.log,
      needsUniqueKey: insertMode === 'upsert',
    }),
    appliesDeletes: config['delete.enabled'],
    appliesTruncates: config['truncate.enabled'],
    placeholder: config['unavailable.value.placeholder'],
    log: context.log,
    foldName,
    usesBoundaries: config['transaction.atomic'],
  });
};

const guardOf = (config: SqlConfig, context: SinkTaskContext, server: ServerAccess): TargetGuard =>
  new TargetGuard({
    ...server,
    clock: context.clock,
    log: context.log,
    meter: context.meter,
    labels: { connector: context.id.connector, task: String(context.id.task) },
    circuit: context.circuitOf(server.target),
    failures: config['target.circuit.failures'],
    openMs: config['target.circuit.open.ms'],
    timeoutMs: config['target.retry.timeout.ms'],
    atStart: { failures: config['flush.max.retries'] + 1, delayMs: config['flush.retry.delay.ms'] },
  });

type ServerAccess = Pick<TargetGuardOptions, 'target' | 'isConnected'>;

const transactionsOf = (config: SqlConfig, context: SinkTaskContext, parts: TransactionParts): Transactions | undefined => {
  if (!config['transaction.atomic']) return undefined;
  const { request, ...shared } = parts;
  return {
    whole: new WholeTransactions({
      clock: context.clock,
      maxRecords: config['transaction.max.records'],
      waitMs: config['transaction.wait.ms'],
    }),
    applier: new TransactionApplier({
      ...shared,
      lanes: config['transaction.parallel'],
      batchSize: config['batch.size'],
      rows: new LaneRows(request.dialect, context, config['positions.table']),
      connect: (signal) => openSession(request, signal),
      onApplied: (records) => {
        countApplied(context, records);
      },
    }),
  };
};

const stoppedOf = (config: SqlConfig, context: SinkTaskContext, dialect: Dialect): StoppedRows | undefined => {
  const unit = config['refused.row.stops'].toLowerCase();
  if (unit !== 'key' && unit !== 'table') return undefined;
  return new StoppedRows({ dialect, context, table: `${config['positions.table']}_stopped`, unit });
};

/**
 * Two, where nothing has to see a record as an object: no transform, the topic alone names the table, no transaction to put together, no
 * row that stops others, no column that may go away under rows that are on their way.
 */
const columnsOf = (config: SqlConfig, context: SinkTaskContext, { dialect, reader, limit }: ColumnParts): SqlSinkTaskParts['columns'] => {
  const { reading } = context;
  const statements = dialect.columns;
  const mode = config['insert.mode'].toLowerCase();
  const keyMode = config['primary.key.mode'].toLowerCase();
  const isPlain =
    !config['transaction.atomic'] && config['refused.row.stops'].toLowerCase() === 'row' && !mayDropColumns(config) && !reader.asksSource;
  if (reading === undefined || statements === undefined || !isPlain || keyMode === 'kafka' || keyMode === 'record_value') return undefined;
  if (mode !== 'insert' && mode !== 'upsert') return undefined;
  const create = (): ColumnarBatches =>
    new ColumnarBatches({
      reader,
      reading,
      statements,
      mode,
      appliesDeletes: config['delete.enabled'],
      placeholder: config['unavailable.value.placeholder'],
      isFull: (records, bytes) => limit.isFull(records, bytes) || bytes >= COLUMN_BYTES,
    });
  return [create(), create()];
};

/** Bytes of the records of one statement: what is held twice stays small. */
const COLUMN_BYTES = 4 * 1_048_576;

interface ColumnParts {
  readonly dialect: Dialect;
  readonly reader: ChangeReader;
  readonly limit: BatchLimit;
}

interface TransactionParts {
  readonly request: SessionRequest;
  readonly applier: Applier;
  readonly committer: BatchCommitter;
  readonly applied: AppliedPositions;
}

/** Puts the task's parts together; opens nothing. */
export const createSqlTask = (config: SqlConfig, context: SinkTaskContext): SinkTask => {
  const target = targetOf(config);
  const dialect = dialectOf(target);
  const request: SessionRequest = { dialect, target, owner: `${context.id.connector}-${String(context.id.task)}` };
  const positions = new Positions(dialect, context, config['positions.table']);
  const applied = new AppliedPositions();
  const committer = new BatchCommitter({
    dialect,
    mode: config['insert.mode'].toLowerCase() as InsertMode,
    reject: (record, error) => context.reportRecord(record, error),
  });
  const stopped = stoppedOf(config, context, dialect);
  const applier = new Applier({
    committer,
    positions,
    stopped,
    onCommitted: (reached) => {
      applied.advance(reached);
    },
  });
  const reader = readerOf(config, context, dialect);
  const limit = new BatchLimit({
    maxRecords: config['batch.size'],
    maxBytes: config['batch.max.bytes'],
    targetMs: config['batch.target.ms'],
  });
  const keeper = new SessionKeeper({ ...request, positions, log: context.log });
  return new SqlSinkTask({
    context,
    keeper,
    applied,
    applier,
    stopped,
    separatesSchemas: mayDropColumns(config),
    limit,
    columns: columnsOf(config, context, { dialect, reader, limit }),
    transactions: transactionsOf(config, context, { request, applier, committer, applied }),
    reader,
    guard: guardOf(config, context, { target: serverNames(target), isConnected: () => keeper.isConnected }),
  });
};

export const alterPositions = (config: SqlConfig, alteration: PositionAlteration, signal: AbortSignal): Promise<void> => {
  const target = targetOf(config);
  return alterSqlPositions({ dialect: dialectOf(target), target, table: config['positions.table'] }, alteration, signal);
};
