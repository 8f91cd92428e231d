import { MAX_LANES } from './position-sql.ts';

/** Options of ours: how rows, offsets and transactions reach the target. */
export const deliveryOptions = {
  'schema.evolution.policy': {
    type: 'STRING',
    default: 'add',
    values: ['add', 'ignore', 'exception', 'lenient', 'evolve', 'try_evolve'],
    ignoreCase: true,
    importance: 'MEDIUM',
    group: 'Tables',
    doc:
      'With schema.evolution=basic, what a later change of the source does to its table. add: new columns; lenient: and wider types; ' +
      'evolve: and drops and any change of type (a rename is a new column and a dropped one); try_evolve: as far as the target takes it; ' +
      'ignore: new fields are not written; exception: the task fails. Drops and types are seen by the rows since the task started.',
  },
  'batch.max.bytes': {
    type: 'INT',
    default: '16777216',
    min: 1,
    importance: 'LOW',
    group: 'Writes',
    doc: 'Bytes of values, about, after which a transaction is committed though it has fewer records than batch.size.',
  },
  'batch.target.ms': {
    type: 'LONG',
    default: '2000',
    min: 1,
    importance: 'LOW',
    group: 'Writes',
    doc: 'Transactions get fewer records while the target takes longer than this for one, and more again when it does not.',
  },
  'transaction.atomic': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    group: 'Exactly-once',
    doc: 'Make the changes of a source transaction visible at once, in commit order. Needs tasks.max=1, all topics of the source and its transaction topic.',
  },
  'transaction.parallel': {
    type: 'INT',
    default: '1',
    min: 1,
    max: MAX_LANES,
    importance: 'MEDIUM',
    group: 'Exactly-once',
    doc: 'Source transactions applied at once, each whole and in a connection of its own; those that touch related rows keep their order. Needs transaction.atomic.',
  },
  'transaction.max.records': {
    type: 'INT',
    default: '100000',
    min: 1,
    importance: 'LOW',
    group: 'Exactly-once',
    doc: 'Records that may wait for the end of their source transactions; a larger transaction fails the task.',
  },
  'transaction.wait.ms': {
    type: 'LONG',
    default: '60000',
    min: 1,
    importance: 'LOW',
    group: 'Exactly-once',
    doc: 'How long a source transaction that is over may lack changes before the task fails.',
  },
  'positions.table': {
    type: 'STRING',
    default: 'headrace_positions',
    importance: 'MEDIUM',
    group: 'Exactly-once',
    doc: 'Table in the target that holds offsets and owners; created where it is missing. In the schema or database of connection.url.',
  },
  'unavailable.value.placeholder': {
    type: 'STRING',
    default: '__debezium_unavailable_value',
    importance: 'LOW',
    group: 'Exactly-once',
    doc: 'What the source writes for a large value that did not change; such a column is left as it is.',
  },
  'refused.row.stops': {
    type: 'STRING',
    default: 'row',
    values: ['row', 'key', 'table'],
    ignoreCase: true,
    importance: 'MEDIUM',
    group: 'Errors',
    doc:
      'What a refused row holds back: itself alone, or also what comes later for its key or its table, which then goes to the error policy as well, ' +
      'until its line is deleted from the table <positions.table>_stopped in the target and the task is restarted. Needs errors.tolerance=all.',
  },
  'target.retry.timeout.ms': {
    type: 'LONG',
    default: '600000',
    min: 0,
    importance: 'MEDIUM',
    group: 'Errors',
    doc: 'How long the same rows are offered to a target that is away or in conflict before the task fails.',
  },
  'target.circuit.failures': {
    type: 'INT',
    default: '3',
    min: 1,
    importance: 'LOW',
    group: 'Errors',
    doc: 'Lost connections in a row after which the target is left alone (circuit open in the status of the task).',
  },
  'target.circuit.open.ms': {
    type: 'LONG',
    default: '5000',
    min: 1,
    importance: 'LOW',
    group: 'Errors',
    doc: 'How long the target is left alone before one attempt is made.',
  },
} as const;
