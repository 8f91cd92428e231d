import type { PositionAlteration, SinkTask, SinkTaskContext } from '@headrace/connector-api';
import { Secret } from '@headrace/foundation';
import { alterSqlPositions } from './apply/alter-positions.ts';
import { AppliedPositions } from './apply/applied-positions.ts';
import { Applier } from './apply/applier.ts';
import { Positions } from './apply/positions.ts';
import { SessionKeeper } from './apply/session-keeper.ts';
import { TargetGuard } from './apply/target-guard.ts';
import { WholeTransactions } from './apply/whole-transactions.ts';
import type { InsertMode } from './apply/batch.ts';
import type { SqlConfig } from './config.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { parseConnectionUrl } from './connection-url.ts';
import type { Dialect } from './dialect/dialect.ts';
import { mysqlDialect } from './mysql/mysql-dialect.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';
import { ChangeReader } from './record/change-reader.ts';
import { compileFieldFilter } from './record/field-filter.ts';
import type { LayoutOptions } from './record/record-layout.ts';
import { compileTableName } from './record/table-name.ts';
import { SqlSinkTask } from './sink-task.ts';
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
      isEvolving: config['schema.evolution'].toLowerCase() === 'basic',
      needsUniqueKey: insertMode === 'upsert',
    }),
    appliesDeletes: config['delete.enabled'],
    appliesTruncates: config['truncate.enabled'],
    placeholder: config['unavailable.value.placeholder'],
    log: context.log,
    foldName,
  });
};

const guardOf = (config: SqlConfig, context: SinkTaskContext, { host, port, database }: ConnectionTarget): TargetGuard =>
  new TargetGuard({
    clock: context.clock,
    log: context.log,
    meter: context.meter,
    labels: { connector: context.id.connector, task: String(context.id.task) },
    target: `${host}:${String(port)}/${database}`,
    failures: config['target.circuit.failures'],
    openMs: config['target.circuit.open.ms'],
    timeoutMs: config['target.retry.timeout.ms'],
    tell: (circuit) => {
      context.tellCircuit?.(circuit);
    },
  });

/** Puts the task's parts together; opens nothing. */
export const createSqlTask = (config: SqlConfig, context: SinkTaskContext): SinkTask => {
  const target = targetOf(config);
  const dialect = dialectOf(target);
  const positions = new Positions(dialect, context, config['positions.table']);
  const applied = new AppliedPositions();
  return new SqlSinkTask({
    context,
    applied,
    batchSize: config['batch.size'],
    whole: config['transaction.atomic']
      ? new WholeTransactions({
          clock: context.clock,
          maxRecords: config['transaction.max.records'],
          waitMs: config['transaction.wait.ms'],
        })
      : undefined,
    reader: readerOf(config, context, dialect),
    guard: guardOf(config, context, target),
    keeper: new SessionKeeper({
      dialect,
      target,
      positions,
      owner: `${context.id.connector}-${String(context.id.task)}`,
      clock: context.clock,
      log: context.log,
      retries: config['flush.max.retries'],
      retryDelayMs: config['flush.retry.delay.ms'],
    }),
    applier: new Applier({
      dialect,
      positions,
      mode: config['insert.mode'].toLowerCase() as InsertMode,
      reject: (record, error) => context.reportRecord(record, error),
      onCommitted: (reached) => {
        applied.advance(reached);
      },
    }),
  });
};

export const alterPositions = (config: SqlConfig, alteration: PositionAlteration, signal: AbortSignal): Promise<void> => {
  const target = targetOf(config);
  return alterSqlPositions({ dialect: dialectOf(target), target, table: config['positions.table'] }, alteration, signal);
};
