import { maskErrors } from '@headrace/cdc';
import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Cause =
  | 'connection_failed'
  | 'connection_lost'
  | 'login_refused'
  | 'tls_refused'
  | 'database_missing'
  | 'wal_level'
  | 'privilege_missing'
  | 'publication_missing'
  | 'no_tables'
  | 'too_many_tables'
  | 'table_locked'
  | 'slot_missing'
  | 'slot_lost'
  | 'slot_in_use'
  | 'slot_foreign'
  | 'slot_limit'
  | 'slot_lag'
  | 'failover_unsupported'
  | 'position_gap'
  | 'position_ahead'
  | 'value_unconvertible'
  | 'key_not_in_identity'
  | 'reselect_failed'
  | 'key_missing'
  | keyof typeof maskErrors
  | 'server_error'
  | 'ownership_lost'
  | 'protocol';

/** What can go wrong with PostgreSQL: reaction and cure by cause. */
export const errors: ErrorTable<'postgres', Cause> = defineErrors('postgres', {
  connection_failed: {
    reaction: 'task-failure',
    meaning: 'The server did not answer when the task started.',
    hint: 'Check database.hostname, database.port and that the server runs, then restart the task.',
  },
  connection_lost: {
    reaction: 'retry',
    meaning: 'An established connection broke.',
    hint: 'The task reconnects by itself.',
  },
  login_refused: {
    reaction: 'task-failure',
    meaning: 'The server refused user or password.',
    hint: 'Check database.user, database.password and pg_hba.conf.',
  },
  tls_refused: {
    reaction: 'task-failure',
    meaning: 'The certificate of the server, or ours, was not accepted.',
    hint: 'Check database.sslrootcert, database.sslcert and database.sslkey, or choose another database.sslmode.',
  },
  database_missing: {
    reaction: 'task-failure',
    meaning: 'The database does not exist.',
    hint: 'Check database.dbname.',
  },
  wal_level: {
    reaction: 'task-failure',
    meaning: 'The server does not write enough into its log to decode changes.',
    hint: 'Set wal_level = logical in postgresql.conf and restart PostgreSQL.',
  },
  privilege_missing: {
    reaction: 'task-failure',
    meaning: 'The user lacks a privilege.',
    hint: 'Grant what the message names: REPLICATION for the slot, SELECT on the tables, ownership for publications.',
  },
  publication_missing: {
    reaction: 'task-failure',
    meaning: 'The publication does not exist and may not be created.',
    hint: 'Create it, or set publication.autocreate.mode to filtered or all_tables.',
  },
  no_tables: {
    reaction: 'task-failure',
    meaning: 'No published table passes the filters.',
    hint: 'Check table.include.list, schema.include.list and the publication.',
  },
  too_many_tables: {
    reaction: 'task-failure',
    meaning: 'More tables would be captured than guardrail.collections.max allows.',
    hint: 'Name fewer tables in table.include.list, raise the limit, or set guardrail.collections.limit.action to warn.',
  },
  table_locked: {
    reaction: 'task-failure',
    meaning: 'Under snapshot.locking.mode=shared, a table could not be locked in time.',
    hint: 'End what alters the table, raise snapshot.lock.timeout.ms, or set snapshot.locking.mode to none.',
  },
  slot_missing: {
    reaction: 'task-failure',
    meaning: 'There is a stored position but no replication slot: changes in between may be gone.',
    hint: 'Reset the offsets to take a new snapshot, or set snapshot.mode to when_needed.',
  },
  slot_lost: {
    reaction: 'task-failure',
    meaning: 'The server has invalidated the slot: the log it needed is removed.',
    hint: 'Raise max_slot_wal_keep_size, drop the slot, reset the offsets for a new snapshot.',
  },
  slot_in_use: {
    reaction: 'task-failure',
    meaning: 'Another session uses the slot.',
    hint: 'Stop that session, or give each connector its own slot.name.',
  },
  slot_foreign: {
    reaction: 'task-failure',
    meaning: 'The slot belongs to another plugin or database.',
    hint: 'Use another slot.name or drop the slot.',
  },
  slot_limit: {
    reaction: 'task-failure',
    meaning: 'The server has no free replication slot or walsender.',
    hint: 'Raise max_replication_slots or max_wal_senders, or drop unused slots.',
  },
  slot_lag: {
    reaction: 'task-failure',
    meaning: 'The slot makes the server keep more log than the connector allows.',
    hint: 'Find what holds the task up, or raise the bound. A dropped slot needs a new snapshot: reset the offsets, or snapshot.mode=when_needed.',
  },
  failover_unsupported: {
    reaction: 'task-failure',
    meaning: 'Slots that standbys keep came with PostgreSQL 17.',
    hint: 'Set slot.failover to false, or upgrade the server.',
  },
  position_gap: {
    reaction: 'task-failure',
    meaning: 'The slot starts after the stored position: changes in between cannot be read any more.',
    hint: 'Reset the offsets for a new snapshot, or set snapshot.mode to when_needed.',
  },
  position_ahead: {
    reaction: 'task-failure',
    meaning: 'The stored position lies beyond the end of the log: this is another server, or one restored from a backup.',
    hint: 'Check database.hostname; reset the offsets for a new snapshot if the database was restored.',
  },
  value_unconvertible: {
    reaction: 'task-failure',
    meaning: 'A value does not fit the schema of its column.',
    hint: 'Choose another handling mode, or set event.converting.failure.handling.mode to warn.',
  },
  key_not_in_identity: {
    reaction: 'task-failure',
    meaning: 'The replica identity of a table does not contain the columns of its key.',
    hint: 'ALTER TABLE ... REPLICA IDENTITY DEFAULT or FULL, or name its columns in message.key.columns.',
  },
  reselect_failed: {
    reaction: 'task-failure',
    meaning: 'A row whose values the log does not hold could not be read from its table.',
    hint: 'Grant SELECT on the table; set reselect.error.handling.mode to warn to leave such values as they are.',
  },
  key_missing: {
    reaction: 'task-failure',
    meaning: 'A column of message.key.columns does not exist in its table.',
    hint: 'Correct message.key.columns.',
  },
  ...maskErrors,
  server_error: {
    reaction: 'task-failure',
    meaning: 'The server refused a command.',
    hint: 'See the message of the server.',
  },
  ownership_lost: {
    reaction: 'fenced',
    meaning: 'Another worker owns the task now.',
    hint: 'Nothing to do.',
  },
  protocol: {
    reaction: 'bug',
    meaning: 'The server sent something this decoder does not know.',
    hint: 'Report it with the version of the server.',
  },
});
