/** The replication slot: what it holds back, who uses it, and how it changes hands. */
import { abortable, Backoff, TaskFailure } from '@headrace/foundation';
import type { SourceTaskContext } from '@headrace/connector-api';
import type { Client } from 'pg';
import type { PostgresConfig } from './config.ts';
import { errors } from './errors.ts';
import { lsnText, parseLsn, type Lsn } from './lsn.ts';
import { query, quoteName } from './wire/connection.ts';
import { ownershipLost } from './wire/server-failure.ts';

export interface SlotState {
  readonly plugin: string;
  readonly database: string;
  /** Process id of the session that streams from it; null: nobody. */
  readonly activePid: number | null;
  /** Changes of transactions that committed before are never sent again. */
  readonly confirmedLsn: Lsn;
  /** `lost`: the server removed log the slot needed. */
  readonly walStatus: string;
}

interface SlotRow {
  readonly plugin: string;
  readonly database: string;
  readonly active_pid: number | null;
  readonly confirmed: string | null;
  readonly wal_status: string | null;
}

const SLOT = `
  SELECT plugin::text, database::text, active_pid, confirmed_flush_lsn::text AS confirmed, wal_status
  FROM pg_replication_slots WHERE slot_name = $1`;

export const readSlot = async (client: Client, name: string): Promise<SlotState | null> => {
  const [row] = await query<SlotRow>(client, SLOT, [name]);
  if (row === undefined) return null;
  return {
    plugin: row.plugin,
    database: row.database,
    activePid: row.active_pid,
    confirmedLsn: row.confirmed === null ? 0 : parseLsn(row.confirmed),
    walStatus: row.wal_status ?? 'reserved',
  };
};

/** Throws TaskFailure for a slot that cannot serve this connector. */
export const checkSlot = (slot: SlotState, config: PostgresConfig): void => {
  const name = config['slot.name'];
  if (slot.plugin !== 'pgoutput' || slot.database !== config['database.dbname']) {
    throw new TaskFailure(
      errors.slot_foreign.code,
      `Replication slot "${name}" is of plugin ${slot.plugin} in database "${slot.database}". ${errors.slot_foreign.hint}`,
    );
  }
};

export interface NewSlot {
  readonly name: string;
  /** A temporary slot lives as long as its connection; a failover slot (PostgreSQL 17) is kept on standbys. */
  readonly kind: 'permanent' | 'temporary' | 'failover';
}

/** The connector's own slot. */
export const mainSlot = (config: PostgresConfig): NewSlot => ({
  name: config['slot.name'],
  kind: config['slot.failover'] ? 'failover' : 'permanent',
});

export interface CreatedSlot {
  /** The snapshot shows exactly what committed before; the slot sends what commits after. */
  readonly consistentLsn: Lsn;
  /** Valid as long as the walsender connection stays idle. */
  readonly snapshotName: string;
}

/** Creates a slot and exports its snapshot. `replication` must be a walsender; it waits for transactions that run now. */
export const createSlot = async (replication: Client, { name, kind }: NewSlot, signal: AbortSignal): Promise<CreatedSlot> => {
  const command =
    kind === 'failover'
      ? `CREATE_REPLICATION_SLOT ${quoteName(name)} LOGICAL pgoutput (SNAPSHOT 'export', FAILOVER)`
      : `CREATE_REPLICATION_SLOT ${quoteName(name)} ${kind === 'temporary' ? 'TEMPORARY ' : ''}LOGICAL pgoutput EXPORT_SNAPSHOT`;
  const [row] = await abortable(query<{ readonly consistent_point: string; readonly snapshot_name: string }>(replication, command), signal);
  return { consistentLsn: parseLsn(row?.consistent_point ?? ''), snapshotName: row?.snapshot_name ?? '' };
};

export const dropSlot = async (client: Client, name: string): Promise<void> => {
  await query(client, 'SELECT pg_drop_replication_slot($1)', [name]);
};

/** Drops the slot under our own session, so that the server may let its log go. */
export const giveUpSlot = async (
  client: Client,
  config: PostgresConfig,
  context: SourceTaskContext,
  signal: AbortSignal,
): Promise<void> => {
  const name = config['slot.name'];
  if (!(await context.confirmOwnership(signal))) throw ownershipLost(context.id.connector);
  const backoff = new Backoff(context.clock, { initialMs: 20, maxMs: 500 });
  while ((await readSlot(client, name)) !== null && backoff.attempts < DROP_ATTEMPTS) {
    await query(client, 'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active', [name]);
    await backoff.wait(signal);
    await query(client, 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active', [name]);
  }
};

/** A terminated session holds its slot for a moment. */
const DROP_ATTEMPTS = 30;

/** Bytes of log the server keeps because of the slot; null when there is none. */
export const slotLag = async (client: Client, name: string): Promise<number | null> => {
  const [row] = await query<{ readonly bytes: number | null }>(client, LAG, [name]);
  return row?.bytes ?? null;
};

const LAG = `
  SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - restart_lsn)::float8 AS bytes
  FROM pg_replication_slots WHERE slot_name = $1`;

/** Moves the slot forward to a place up to which everything is delivered; never back. */
export const advanceSlot = async (client: Client, name: string, lsn: Lsn): Promise<void> => {
  await query(
    client,
    'SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn',
    [name, lsnText(lsn)],
  );
};

/** How our sessions call themselves. The same for every owner of a connector, so that a successor knows its predecessor. */
export const applicationName = (context: SourceTaskContext): string => `headrace ${context.clusterId}/${context.id.connector}`.slice(0, 63);

/**
 * Waits until nobody streams from the slot. A session of this connector's former owner is ended, but only while we still
 * own the task; a stranger's is waited for, `slot.max.retries` times.
 */
export const takeSlot = async (client: Client, config: PostgresConfig, context: SourceTaskContext, signal: AbortSignal): Promise<void> => {
  const name = config['slot.name'];
  const delay = config['slot.retry.delay.ms'];
  const backoff = new Backoff(context.clock, { initialMs: Math.min(100, delay), maxMs: delay });
  const deadline = context.clock.monotonic() + config['slot.max.retries'] * delay;
  for (;;) {
    const pid = (await readSlot(client, name))?.activePid ?? null;
    if (pid === null) return;
    const holder = await holderOf(client, pid);
    if (holder === applicationName(context)) {
      if (!(await context.confirmOwnership(signal))) throw ownershipLost(context.id.connector);
      context.log.info('Ending the former owner of the replication slot.', { slot: name, pid });
      await query(client, 'SELECT pg_terminate_backend($1)', [pid]);
    }
    if (context.clock.monotonic() >= deadline) throw slotInUse(name, pid, holder);
    await backoff.wait(signal);
  }
};

const holderOf = async (client: Client, pid: number): Promise<string> => {
  const [row] = await query<{ readonly name: string | null }>(
    client,
    'SELECT application_name::text AS name FROM pg_stat_activity WHERE pid = $1',
    [pid],
  );
  return row?.name ?? '';
};

const slotInUse = (name: string, pid: number, holder: string): TaskFailure =>
  new TaskFailure(
    errors.slot_in_use.code,
    `Replication slot "${name}" is used by another session (pid ${String(pid)}, application "${holder}"). ${errors.slot_in_use.hint}`,
    { fields: { slot: name, pid } },
  );
