/**
 * Opens a run of capture. The order matters:
 *
 *   1 connect, check the server, make sure of the publication (before the slot: decoding looks it up as of its time)
 *   2 end a former owner's session on the slot, after asking whether we still own the task
 *   3 decide by offset and slot: stream, or snapshot first (start-plan.ts)
 *   4 fix the snapshot's place: by creating the slot, or a temporary one beside it, whose exported snapshot is imported
 *   5 where something was delivered before, open the stream at the offset, to be read up to that place first
 */
import { TaskFailure } from '@headrace/foundation';
import type { JsonMap } from '@headrace/connector-api';
import type { Client } from 'pg';
import type { PostgresConfig } from '../config.ts';
import { errors } from '../errors.ts';
import { parseLsn, type Lsn } from '../lsn.ts';
import { advanceSlot, applicationName, checkSlot, createSlot, mainSlot, readSlot, takeSlot, type SlotState } from '../slot.ts';
import { SourceBlocks } from '../tables/source-block.ts';
import { connect, query } from '../wire/connection.ts';
import type { CaptureSettings } from './capture-settings.ts';
import { checkTableCount } from './guardrail.ts';
import { readOffset, type StoredOffset } from './offset.ts';
import { openSnapshot } from './open-snapshot.ts';
import { openStream } from './open-stream.ts';
import { streamStart, type OpenedCapture } from './opened-capture.ts';
import { ensurePublication, warnUnpublished } from './publication.ts';
import { setIdentities } from './replica-identities.ts';
import { planStart, type StartPlan } from './start-plan.ts';

/** `offset`: where to resume; `confirmedLsn`: up to where everything is durable. Leaves nothing open when it throws. */
export const openCapture = async (
  settings: CaptureSettings,
  offset: JsonMap | null,
  confirmedLsn: Lsn,
  signal: AbortSignal,
): Promise<OpenedCapture> => {
  await using opening = new AsyncDisposableStack();
  const { config } = settings;
  const client = await connect({ config, applicationName: `${applicationName(settings.context)} sql` }, signal);
  opening.defer(() => client.end().catch(() => undefined));
  const serverLsn = await checkServer(client, config);
  await ensurePublication(client, config, settings.isCaptured);
  await warnUnpublished(client, settings);
  await checkTableCount(client, settings);
  await setIdentities(client, settings);
  const slot = settings.rules.streams ? await ownSlot(settings, client, signal) : null;
  const stored = readOffset(offset);
  const mismatch = config['offset.mismatch.strategy'].toLowerCase();
  // I6: where nothing can be resumed without a gap, this throws and says why.
  const plan = planStart({ rules: settings.rules, offset: stored, slot, slotName: config['slot.name'], serverLsn, mismatch });
  const opened: OpenedCapture = {
    resources: opening,
    client,
    sources: new SourceBlocks(config, config['database.dbname']),
    confirmedLsn,
    firstPhase: plan.kind === 'snapshot' && plan.catchUpFrom !== null ? 'catch-up' : plan.kind,
    from: placeOf(plan) ?? streamStart(slot?.confirmedLsn ?? 0),
  };
  await carryOut(settings, opened, plan, { slot, signal });
  return { ...opened, resources: opening.move() };
};

const placeOf = (plan: StartPlan): StoredOffset | null =>
  plan.kind === 'stream' ? plan.from : plan.kind === 'snapshot' ? plan.catchUpFrom : null;

interface Circumstances {
  readonly slot: SlotState | null;
  readonly signal: AbortSignal;
}

const carryOut = async (settings: CaptureSettings, opened: OpenedCapture, plan: StartPlan, now: Circumstances): Promise<void> => {
  switch (plan.kind) {
    case 'idle':
      return;
    case 'stream':
      if (plan.advancesSlot && now.slot !== null) await advanceSlot(opened.client, settings.config['slot.name'], opened.from.startLsn);
      if (now.slot === null) opened.from = streamStart(await createEmptySlot(settings, now.signal));
      await openStream(settings, opened, now.signal);
      return;
    case 'snapshot':
      if (plan.catchUpFrom !== null) await openStream(settings, opened, now.signal);
      await openSnapshot(settings, opened, plan, now);
  }
};

/** no_data without a slot: streaming starts at the place of the new one. */
const createEmptySlot = async (settings: CaptureSettings, signal: AbortSignal): Promise<Lsn> => {
  const { config, context } = settings;
  const replication = await connect({ config, applicationName: applicationName(context), isReplication: true }, signal);
  try {
    return (await createSlot(replication, mainSlot(config), signal)).consistentLsn;
  } finally {
    await replication.end();
  }
};

const FAILOVER_VERSION = 170_000;

const SERVER = `
  SELECT current_setting('wal_level') AS wal_level, current_setting('server_version_num')::int AS version,
         (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text AS lsn`;

/** The end of the server's log. */
const checkServer = async (client: Client, config: PostgresConfig): Promise<Lsn> => {
  const [server] = await query<{ readonly wal_level: string; readonly lsn: string; readonly version: number }>(client, SERVER);
  if (config['slot.failover'] && (server?.version ?? 0) < FAILOVER_VERSION) {
    throw new TaskFailure(
      errors.failover_unsupported.code,
      `slot.failover is true, but this server is PostgreSQL ${String(Math.floor((server?.version ?? 0) / 10_000))}. ${errors.failover_unsupported.hint}`,
    );
  }
  if (server?.wal_level !== 'logical') {
    throw new TaskFailure(
      errors.wal_level.code,
      `PostgreSQL runs with wal_level = ${server?.wal_level ?? 'unknown'}. ${errors.wal_level.hint}`,
    );
  }
  return parseLsn(server.lsn);
};

/** The slot as it is once nobody else streams from it; null when there is none. */
const ownSlot = async (settings: CaptureSettings, client: Client, signal: AbortSignal): Promise<SlotState | null> => {
  const found = await readSlot(client, settings.config['slot.name']);
  if (found === null) return null;
  checkSlot(found, settings.config);
  await takeSlot(client, settings.config, settings.context, signal);
  return await readSlot(client, settings.config['slot.name']);
};
