import { Type, type Static } from 'typebox';
import { mapOf, nullable } from './json.ts';

/** A configuration as it is stored: every value a string, placeholders unresolved. */
export const connectorConfig = mapOf(Type.String(), 'Configuration; every value is a string, placeholders are unresolved.');
export type ConnectorConfig = Static<typeof connectorConfig>;

/** A configuration as a client may send it. Numbers and booleans are stored as their text; null is refused (PATCH: deletes the key). */
export const configInput = mapOf(
  Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  'Configuration; numbers and booleans are stored as text.',
);
export type ConfigInput = Static<typeof configInput>;

export const connectorType = Type.Enum(['source', 'sink', 'unknown'], { type: 'string' });

export const taskId = Type.Object({ connector: Type.String(), task: Type.Integer() });
export type TaskId = Static<typeof taskId>;

export const connectorInfo = Type.Object({
  name: Type.String(),
  config: connectorConfig,
  tasks: Type.Array(taskId),
  type: connectorType,
});
export type ConnectorInfo = Static<typeof connectorInfo>;

export const unitState = Type.Enum(['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'RESTARTING'], { type: 'string' });
export type UnitState = Static<typeof unitState>;

const unitFields = {
  state: unitState,
  worker_id: Type.String({ description: 'host:port of the REST address of the worker that owns it.' }),
  trace: Type.Optional(Type.String({ description: 'Only where FAILED: what happened, and what cures it.' })),
  version: Type.Optional(Type.String()),
};

export const connectorState = Type.Object(unitFields);
export type ConnectorState = Static<typeof connectorState>;

const snapshotState = Type.Object(
  {
    kind: Type.Enum(['initial', 'blocking', 'incremental'], { type: 'string' }),
    state: Type.Enum(['RUNNING', 'PAUSED', 'COMPLETED', 'ABORTED'], { type: 'string' }),
    rows: Type.Integer({ description: 'Handed out so far.' }),
    rows_expected: nullable(Type.Integer({ description: "The database's estimate; null where it has none." })),
    percent: nullable(Type.Integer({ description: 'Of the rows expected; 100 at the end alone.' })),
    eta_seconds: nullable(Type.Integer({ description: 'Until its end, at the pace so far.' })),
    tables: Type.Integer(),
    tables_remaining: Type.Integer(),
  },
  { description: 'Sources: the last snapshot since the task was started. Not of Kafka Connect.' },
);

export const taskState = Type.Object({
  id: Type.Integer(),
  ...unitFields,
  lane: Type.Optional(
    Type.Enum(['object', 'fused'], {
      type: 'string',
      description: 'Whether transforms and converters see records as objects, or the connector writes or reads their bytes itself.',
    }),
  ),
  snapshot: Type.Optional(snapshotState),
  circuit: Type.Optional(
    Type.Object(
      {
        state: Type.Enum(['closed', 'open', 'half-open'], { type: 'string' }),
        target: Type.String({ description: 'Address, without credentials.' }),
        error: Type.Optional(Type.String({ description: 'The last failure, where it is not closed.' })),
      },
      { description: 'Sink tasks: whether the target is asked (closed), left alone for a while (open), or tried once (half-open).' },
    ),
  ),
});
export type TaskState = Static<typeof taskState>;

export const connectorStateInfo = Type.Object({
  name: Type.String(),
  connector: connectorState,
  tasks: Type.Array(taskState),
  type: connectorType,
});
export type ConnectorStateInfo = Static<typeof connectorStateInfo>;

export const taskInfo = Type.Object({ id: taskId, config: connectorConfig });
export type TaskInfo = Static<typeof taskInfo>;

/** Answer of the list with `expand`: what was asked for of each connector. */
export const expandedConnectors = mapOf(
  Type.Object({ status: Type.Optional(connectorStateInfo), info: Type.Optional(connectorInfo) }),
  'By connector name.',
);
export type ExpandedConnectors = Static<typeof expandedConnectors>;

export const createConnector = Type.Object(
  {
    name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    config: configInput,
    initial_state: Type.Optional(
      Type.Union([Type.String({ description: 'RUNNING (default), PAUSED or STOPPED, in any case.' }), Type.Null()]),
    ),
  },
  { additionalProperties: false },
);
export type CreateConnector = Static<typeof createConnector>;

export const activeTopics = mapOf(Type.Object({ topics: Type.Array(Type.String()) }), 'By connector name.');
export type ActiveTopics = Static<typeof activeTopics>;
