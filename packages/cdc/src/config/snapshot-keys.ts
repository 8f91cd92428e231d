import type { ConfigKey, ConfigProblem, RawConfig } from '@headrace/foundation';
import { choice, count, optionalText, type Optional } from './option-kinds.ts';

/** Keys of how and when existing rows are read, for connectors that have all of it. */
export type SnapshotKeys = Readonly<
  Record<'snapshot.mode' | 'snapshot.locking.mode' | 'snapshot.tables.order.by.row.count', ConfigKey<'STRING'>> &
    Record<'snapshot.select.statement.overrides', Optional<'STRING'>> &
    Record<
      'snapshot.max.threads' | 'snapshot.max.threads.multiplier' | 'snapshot.lock.timeout.ms' | 'streaming.delay.ms',
      ConfigKey<'INT'>
    > &
    Record<
      | 'legacy.snapshot.max.threads'
      | 'snapshot.mode.configuration.based.snapshot.data'
      | 'snapshot.mode.configuration.based.snapshot.schema'
      | 'snapshot.mode.configuration.based.start.stream'
      | 'snapshot.mode.configuration.based.snapshot.on.schema.error'
      | 'snapshot.mode.configuration.based.snapshot.on.data.error',
      ConfigKey<'BOOLEAN'>
    >
>;

const flag = (doc: string): ConfigKey<'BOOLEAN'> => ({ type: 'BOOLEAN', default: 'false', importance: 'LOW', doc });

const BASED = 'With snapshot.mode=configuration_based: ';

/** To be spread into a connector's own keys. `modes`: values of snapshot.mode, the default first; so for `locks`. */
export const snapshotKeys = (modes: readonly string[], locks: readonly string[]): SnapshotKeys => ({
  'snapshot.mode': choice(modes, 'When existing rows are read.'),
  'snapshot.mode.configuration.based.snapshot.data': flag(`${BASED}existing rows are read at each start.`),
  'snapshot.mode.configuration.based.snapshot.schema': flag(`${BASED}tables are described; they always are.`),
  'snapshot.mode.configuration.based.start.stream': flag(`${BASED}changes follow.`),
  'snapshot.mode.configuration.based.snapshot.on.schema.error': flag(`${BASED}only for connectors that keep a schema history.`),
  'snapshot.mode.configuration.based.snapshot.on.data.error': flag(`${BASED}rows are read again when the log of the position is gone.`),
  'snapshot.locking.mode': choice(locks, 'Locks on tables while they are read.'),
  'snapshot.lock.timeout.ms': count(10_000, 0, 'How long a lock of the snapshot is waited for; 0: for ever.'),
  'snapshot.select.statement.overrides': optionalText(
    'Tables, comma-separated, whose rows a statement of yours selects: `snapshot.select.statement.overrides.<table>`.',
  ),
  'snapshot.max.threads': count(1, 1, 'Connections that read existing rows at once, of several tables or of ranges of one.'),
  'snapshot.max.threads.multiplier': count(1, 1, 'Ranges per connection a table is cut into.'),
  'legacy.snapshot.max.threads': flag('Tables are not cut into ranges: one connection reads a table.'),
  'snapshot.tables.order.by.row.count': choice(['disabled', 'ascending', 'descending'], 'Order of the tables by their estimated size.'),
  'streaming.delay.ms': count(0, 0, 'Wait between the snapshot and the first changes.'),
});

const OVERRIDES = 'snapshot.select.statement.overrides';

/** Statements of `snapshot.select.statement.overrides` by table path. */
export const selectOverrides = (raw: RawConfig): ReadonlyMap<string, string> =>
  new Map(overriddenTables(raw).flatMap((table) => (raw[`${OVERRIDES}.${table}`] ? [[table, raw[`${OVERRIDES}.${table}`] ?? '']] : [])));

const overriddenTables = (raw: RawConfig): readonly string[] =>
  (raw[OVERRIDES] ?? '')
    .split(',')
    .map((table) => table.trim())
    .filter((table) => table !== '');

/** Statement overrides without their table, or the other way, and a mode that asks for nothing. */
export const snapshotProblems = (raw: RawConfig): readonly ConfigProblem[] => [...overrideProblems(raw), ...basedProblems(raw)];

/** Tables without their statement, and statements without their table. */
const overrideProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const tables = overriddenTables(raw);
  const missing = tables
    .filter((table) => !raw[`${OVERRIDES}.${table}`])
    .map((table) => ({ key: OVERRIDES, message: `Table ${table} of ${OVERRIDES} has no statement under ${OVERRIDES}.${table}.` }));
  const unused = Object.keys(raw)
    .filter((key) => key.startsWith(`${OVERRIDES}.`) && !tables.includes(key.slice(OVERRIDES.length + 1)))
    .map((key) => ({ key, message: `Configuration ${key} has no effect: ${OVERRIDES} does not name the table.` }));
  return [...missing, ...unused];
};

const basedProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const prefix = 'snapshot.mode.configuration.based.';
  if (raw['snapshot.mode']?.toLowerCase() !== 'configuration_based') {
    return Object.entries(raw)
      .filter(([key, value]) => key.startsWith(prefix) && value?.toLowerCase() === 'true')
      .map(([key]) => ({ key, message: `Configuration ${key} needs snapshot.mode=configuration_based.` }));
  }
  const isOn = (flagName: string): boolean => raw[`${prefix}${flagName}`]?.toLowerCase() === 'true';
  if (isOn('snapshot.data') || isOn('start.stream')) return [];
  return [
    {
      key: 'snapshot.mode',
      message: `A connector that neither reads rows nor streams has nothing to do: set ${prefix}snapshot.data or .start.stream.`,
    },
  ];
};
