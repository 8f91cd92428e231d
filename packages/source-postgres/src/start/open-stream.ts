import { TransactionMetadata, transactionTopic } from '@headrace/cdc';
import { ChangeReader } from '../change-reader.ts';
import { describeTables, describeTypes } from '../catalog.ts';
import { LogicalMessages } from '../log/logical-messages.ts';
import { WholeTransactions } from '../log/whole-transactions.ts';
import { pluginOptions } from '../log/plugin-options.ts';
import { FusedChanges } from '../fused/fused-changes.ts';
import { FusedTables } from '../fused/fused-tables.ts';
import { Reselection } from '../reselect/reselection.ts';
import type { Relation } from '../pgoutput.ts';
import { applicationName } from '../slot.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { WalStream } from '../wal-stream.ts';
import { connect } from '../wire/connection.ts';
import type { CaptureSettings } from './capture-settings.ts';
import type { OpenedCapture } from './opened-capture.ts';

/** Starts replication at `opened.from` and puts a reader on it. */
export const openStream = async (settings: CaptureSettings, opened: OpenedCapture, signal: AbortSignal): Promise<void> => {
  const { config, context } = settings;
  const replication = await connect({ config, applicationName: applicationName(context), isReplication: true }, signal);
  const stream = await WalStream.open(
    replication,
    {
      slot: config['slot.name'],
      publication: config['publication.name'],
      startLsn: opened.from.startLsn,
      confirmedLsn: settings.confirmsSlot ? Math.min(opened.confirmedLsn, opened.from.startLsn) : 0,
      clock: context.clock,
      statusIntervalMs: config['status.update.interval.ms'],
      bufferBytes: settings.bufferBytes,
      plugin: pluginOptions(config['slot.stream.params']),
    },
    signal,
  );
  opened.stream = opened.resources.use(stream);
  const log = opened.resources.use(new WholeTransactions(stream));
  const fused =
    settings.fused === undefined ? undefined : new FusedChanges(new FusedTables(settings.fused, opened.sources, settings.headers));
  opened.reader = new ChangeReader({
    stream: log,
    server: config['topic.prefix'],
    limits: settings.limits,
    sources: opened.sources,
    now: () => context.clock.now(),
    tableOf: (relation) => currentVersion(settings, opened, relation),
    relax: (table) => settings.registry.relax(table),
    from: opened.from,
    messages: new LogicalMessages(config),
    reselection: new Reselection(opened.client, context),
    ...(config['provide.transaction.metadata'] ? { transactions: new TransactionMetadata(transactionTopic(config)) } : {}),
    ...(fused === undefined ? {} : { fused }),
  });
};

const currentVersion = async (settings: CaptureSettings, opened: OpenedCapture, relation: Relation): Promise<CapturedTable | undefined> => {
  if (!settings.isCaptured(relation.schema, relation.name)) return undefined;
  const types = await describeTypes(
    opened.client,
    relation.columns.map((column) => column.typeId),
  );
  const [table] = await describeTables(opened.client, [{ ...relation, isPartitioned: false }]);
  return settings.registry.fromRelation(relation, table?.columns.length === 0 ? undefined : table, types);
};
