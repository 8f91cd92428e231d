import type { SnapshotStatus } from '@headrace/connector-api';
import type * as wire from '@headrace/rest-contract';
import type { ConnectorInfo, ConnectorStatus, TaskInfo, UnitStatus } from '@headrace/runtime';

/** The order of members is part of the contract: clients and golden files compare the text. */
export const connectorInfo = (info: ConnectorInfo): wire.ConnectorInfo => ({
  name: info.name,
  config: { ...info.config },
  tasks: info.taskNumbers.map((task) => ({ connector: info.name, task })),
  type: info.kind,
});

const unitState = (unit: UnitStatus): wire.ConnectorState => ({
  state: unit.state,
  worker_id: unit.workerId,
  ...(unit.trace === undefined || unit.trace === '' ? {} : { trace: unit.trace }),
  ...(unit.version === undefined ? {} : { version: unit.version }),
});

export const taskState = (task: UnitStatus & { readonly id: number }): wire.TaskState => ({
  id: task.id,
  ...unitState(task),
  ...(task.lane === undefined ? {} : { lane: task.lane }),
  ...(task.snapshot === undefined ? {} : { snapshot: snapshotState(task.snapshot) }),
  ...(task.circuit === undefined ? {} : { circuit: { ...task.circuit } }),
});

const snapshotState = (status: SnapshotStatus): NonNullable<wire.TaskState['snapshot']> => ({
  kind: status.kind,
  state: status.state,
  rows: status.rows,
  rows_expected: status.expectedRows,
  percent: status.percent,
  eta_seconds: status.etaSeconds,
  tables: status.tables,
  tables_remaining: status.remainingTables,
});

export const connectorStateInfo = (status: ConnectorStatus): wire.ConnectorStateInfo => ({
  name: status.name,
  connector: unitState(status.connector),
  tasks: status.tasks.toSorted((left, right) => left.id - right.id).map(taskState),
  type: status.kind,
});

/** A task's configuration as text; a key without a value is left out. */
export const taskConfig = ({ config }: TaskInfo): wire.ConnectorConfig =>
  Object.fromEntries(Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== null));

export const taskInfo = (connector: string, task: TaskInfo): wire.TaskInfo => ({
  id: { connector, task: task.task },
  config: taskConfig(task),
});
