import { maskErrors } from '@headrace/cdc';
import { defineErrors } from '@headrace/foundation';

/** What can go wrong with a MySQL or MariaDB source, as an operator meets it. */
export const errors = defineErrors('mysql', {
  unreachable: {
    reaction: 'retry',
    meaning: 'The server cannot be reached, or closed the connection.',
    hint: 'Check database.hostname, database.port, the network and that the server runs; the task connects again by itself.',
  },
  outage_too_long: {
    reaction: 'task-failure',
    meaning: 'The server was away for longer than a lost connection is tried again.',
    hint: 'Bring the server back and restart the task; errors.max.retries says how often it is tried, without it ten minutes.',
  },
  access_denied: {
    reaction: 'task-failure',
    meaning: 'The server refused user and password.',
    hint: 'Correct database.user and database.password.',
  },
  tls: {
    reaction: 'task-failure',
    meaning: 'No TLS connection as database.ssl.mode demands it could be made.',
    hint: 'Set database.ssl.mode to what the server offers, or give the server a certificate that can be verified.',
  },
  privilege_missing: {
    reaction: 'task-failure',
    meaning: 'The user lacks a privilege that capture needs.',
    hint: 'GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* to the user.',
  },
  binlog_disabled: {
    reaction: 'task-failure',
    meaning: 'The server writes no binlog, or not with whole rows.',
    hint: 'Set log_bin, binlog_format=ROW and binlog_row_image=FULL on the server.',
  },
  binlog_purged: {
    reaction: 'task-failure',
    meaning: 'The server no longer has the binlog from the stored position on.',
    hint: 'Keep binlogs longer (binlog_expire_logs_seconds) and take a new snapshot: snapshot.mode=when_needed, or reset the offsets.',
  },
  binlog_refused: {
    reaction: 'task-failure',
    meaning: 'The server refused to send the binlog from the stored position.',
    hint: 'Read the server’s reason in the message; a position that the server never had needs a new snapshot.',
  },
  position_ahead: {
    reaction: 'task-failure',
    meaning: 'The server lacks what was captured already: it is another server, or one restored from a backup.',
    hint: 'Check database.hostname; reset the offsets for a new snapshot if the server was restored, or set snapshot.mode to when_needed.',
  },
  position_invalid: {
    reaction: 'task-failure',
    meaning: 'The stored offset cannot be understood.',
    hint: 'Reset the offsets of the connector, or put a map with file and pos, or gtids.',
  },
  schema_mismatch: {
    reaction: 'task-failure',
    meaning: 'A row in the log does not fit the columns that the catalog has now.',
    hint: 'Set binlog_row_metadata=FULL on the server, so that the log itself names the columns. Rows already logged need a new snapshot: stop the connector, delete its offsets, resume it.',
  },
  type_unsupported: {
    reaction: 'task-failure',
    meaning: 'A column has a type or character set that cannot be read.',
    hint: 'Leave the column out with column.exclude.list, or change its type.',
  },
  value_unconvertible: {
    reaction: 'task-failure',
    meaning: 'A value does not fit the schema of its column.',
    hint: 'Choose another handling mode, or set event.converting.failure.handling.mode to warn.',
  },
  ...maskErrors,
  event_unsupported: {
    reaction: 'task-failure',
    meaning: 'The log has an event that cannot be read.',
    hint: 'Change the server setting that the message names.',
  },
  row_image_partial: {
    reaction: 'task-failure',
    meaning: 'A change in the log lacks columns of its row.',
    hint: 'Set binlog_row_image=FULL on the server for every session; changes already logged need a new snapshot.',
  },
  snapshot_locked: {
    reaction: 'retry',
    meaning: 'The lock for a consistent start of the snapshot was not given in time.',
    hint: 'End the long transaction or backup that holds the tables, or raise snapshot.lock.timeout.ms.',
  },
  query_failed: {
    reaction: 'task-failure',
    meaning: 'The server refused a statement of the source.',
    hint: 'Read the server’s reason in the message.',
  },
  fenced: {
    reaction: 'fenced',
    meaning: 'Another worker owns the task now.',
    hint: 'Nothing to do.',
  },
});
