import { defineErrors } from '@headrace/foundation';

/** Everything that can go wrong between a record and a row, by cause. */
export const errors = defineErrors('sql', {
  connection_lost: {
    reaction: 'retry',
    meaning: 'The connection broke; a commit in flight may have happened, the position row tells.',
    hint: 'Nothing to do: the task connects again and goes on at the stored position.',
  },
  conflict: {
    reaction: 'retry',
    meaning: 'The server ended the transaction in favour of another one (deadlock, serialization, lock time-out).',
    hint: 'Nothing to do; when it repeats, look for long transactions on the target tables.',
  },
  target_changed: {
    reaction: 'retry',
    meaning: 'A table or column the task had seen is gone.',
    hint: 'Nothing to do: the catalog is read again; what is missing then is created or named.',
  },
  target_unavailable: {
    reaction: 'task-failure',
    meaning: 'The target could not be opened, or did not take the same rows, for as long as target.retry.timeout.ms allows.',
    hint: 'See that it answers at the address of connection.url, then restart the task; raise target.retry.timeout.ms for longer outages.',
  },
  access_denied: {
    reaction: 'task-failure',
    meaning: 'The server refused the user or the password.',
    hint: 'Correct connection.username and connection.password.',
  },
  no_database: {
    reaction: 'task-failure',
    meaning: 'The database of connection.url does not exist.',
    hint: 'Create it, or correct connection.url.',
  },
  missing_privilege: {
    reaction: 'task-failure',
    meaning: 'The user may not do what the task needs.',
    hint: 'Grant the privilege that the message names.',
  },
  missing_table: {
    reaction: 'task-failure',
    meaning: 'The target table does not exist and schema.evolution is none.',
    hint: 'Create the table or set schema.evolution=basic.',
  },
  schema_changed: {
    reaction: 'task-failure',
    meaning: "The source's schema has changed and schema.evolution.policy=exception.",
    hint: 'Change the table yourself, or choose another schema.evolution.policy, and restart the task.',
  },
  missing_column: {
    reaction: 'task-failure',
    meaning: 'The target table lacks a column of the record and schema.evolution is none.',
    hint: 'Add the column, set schema.evolution=basic, or leave the field out with field.exclude.list.',
  },
  no_key: {
    reaction: 'task-failure',
    meaning: 'Rows cannot be told apart: the record or the target table has no key.',
    hint: 'Give the table a primary key, or set primary.key.mode and primary.key.fields.',
  },
  bad_name: {
    reaction: 'task-failure',
    meaning: 'A table or column name cannot be used in the target.',
    hint: 'Rename with collection.name.format or a transform, or leave the field out.',
  },
  unsupported_type: {
    reaction: 'task-failure',
    meaning: 'A field has a type that no column can hold.',
    hint: 'Leave the field out with field.exclude.list, or flatten it with a transform.',
  },
  statement_failed: {
    reaction: 'task-failure',
    meaning: 'The server refused a statement for a reason that has nothing to do with one row.',
    hint: 'Read the reason in the message; the server log has more.',
  },
  record_shape: {
    reaction: 'record',
    meaning: 'A record is neither a change event nor a flat row with a schema.',
    hint: 'Use a converter with schemas; keep such records away from the topic.',
  },
  value_unrepresentable: {
    reaction: 'record',
    meaning: 'A value has no exact form in the target column.',
    hint: 'Widen or change the column in the target, or leave the field out.',
  },
  row_refused: {
    reaction: 'record',
    meaning: 'The target refused one row.',
    hint: 'The message names the column or constraint; correct the target or the data, then replay the dead letter.',
  },
  held_back: {
    reaction: 'record',
    meaning: 'An earlier row of the same key or table was refused, and refused.row.stops holds back what comes after it.',
    hint: 'Correct the refused row, delete its line from the table of stopped keys, restart the task and replay the dead letters.',
  },
  no_transaction: {
    reaction: 'task-failure',
    meaning: 'A change names no source transaction, and transactions are to be kept whole.',
    hint: 'Set provide.transaction.metadata=true at the source and leave the envelope as it is, or set transaction.atomic=false.',
  },
  transaction_too_large: {
    reaction: 'task-failure',
    meaning: 'More records wait for the end of their source transactions than may be held.',
    hint: 'Raise transaction.max.records, or set transaction.atomic=false.',
  },
  transaction_incomplete: {
    reaction: 'task-failure',
    meaning: 'A source transaction is over and some of its changes do not come.',
    hint: 'Let the sink read all topics of the source, its transaction topic included, from before the transaction.',
  },
  positions_went_back: {
    reaction: 'fenced',
    meaning: 'The target stores older positions than this task has committed there: it was restored, or another server took its place.',
    hint: 'Nothing to do: the task is opened anew and reads from the stored positions.',
  },
  positions_gone: {
    reaction: 'task-failure',
    meaning: 'The target stores no position where this task has committed rows: it is another database, or was restored from before.',
    hint: 'Give the target its rows again, set the offsets of the connector to where those end, or to the beginning, and restart the task.',
  },
  stale_owner: {
    reaction: 'fenced',
    meaning: 'The position row of the target carries a newer owner.',
    hint: 'Nothing to do: the task runs elsewhere.',
  },
});
