import { RequestError } from '@headrace/foundation';
import type { SinkOffsetStores, SourceOffsets } from '@headrace/ports';
import type { ConnectorModel } from '../cluster/store/cluster-model.ts';
import { sinkGroup } from '../config/sink-group.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import { requireConfig } from '../task/record/raw-config.ts';
import type { ResolveConfig } from '../task/session/resolve-placeholders.ts';
import type { ConnectorStore } from './connector-store.ts';
import { connectorErrors, notFound } from './errors.ts';
import type { ConnectorOffsets as Offsets, OffsetsAlteration } from './herder.ts';

export interface ConnectorOffsetsOptions {
  readonly connectors: ConnectorStore;
  readonly plugins: PluginRegistry;
  readonly sourceOffsets: SourceOffsets;
  readonly sinkOffsets: SinkOffsetStores;
  readonly clusterId: string;
  /** Puts secrets in the place of placeholders. */
  readonly resolveConfig: ResolveConfig;
}

/** Offsets of connectors: read in any state, changed only while nothing of the connector can write them. */
export class ConnectorOffsets {
  readonly #options: ConnectorOffsetsOptions;

  constructor(options: ConnectorOffsetsOptions) {
    this.#options = options;
  }

  async read(name: string, signal: AbortSignal): Promise<Offsets> {
    const { connector } = await this.#options.connectors.read(name, signal);
    return this.#offsetsOf(existing(connector, name), signal);
  }

  /** Resolves with the message for the user; clients look for its last words. */
  async alter(name: string, alteration: OffsetsAlteration | undefined, signal: AbortSignal): Promise<string> {
    const { model, connector: known } = await this.#options.connectors.read(name, signal);
    const connector = existing(known, name);
    const isIdle = ![...model.owners.values()].some(({ unit }) => unit.task !== null) && !model.fences.has(name);
    if (connector.target !== 'STOPPED' || (connector.generation?.taskCount ?? 0) > 0 || !isIdle) {
      throw new RequestError(
        connectorErrors.not_stopped.code,
        400,
        `Connector ${name} must be stopped before its offsets can be changed: use PUT /connectors/${name}/stop and wait until none of its tasks is left.`,
      );
    }
    await this.#writeInTarget(connector, alteration, signal);
    await this.#write(connector, alteration ?? toReset(await this.#offsetsOf(connector, signal)), signal);
    return `The offsets for this connector have been ${alteration === undefined ? 'reset' : 'altered'} successfully`;
  }

  async #offsetsOf(connector: ConnectorModel, signal: AbortSignal): Promise<Offsets> {
    const { sourceOffsets, sinkOffsets } = this.#options;
    if (connector.config.kind === 'sink') {
      return { kind: 'sink', positions: await sinkOffsets.committedByGroup(groupOf(connector), signal) };
    }
    return { kind: 'source', positions: await sourceOffsets.positions(connector.name, signal) };
  }

  /** First, because the target's own positions win: should Kafka fail, the request can be repeated. */
  async #writeInTarget(connector: ConnectorModel, alteration: OffsetsAlteration | undefined, signal: AbortSignal): Promise<void> {
    const { plugins, clusterId, resolveConfig } = this.#options;
    const { name } = connector;
    const plugin = plugins.connector(connector.config.config['connector.class'] ?? '');
    if (plugin?.kind !== 'sink' || plugin.alterPositions === undefined || alteration?.kind === 'source') return;
    const config = requireConfig(plugin.config, await resolveConfig(connector.config.config));
    await plugin.alterPositions(config, { clusterId, connector: name, positions: alteration?.positions }, signal);
  }

  async #write(connector: ConnectorModel, alteration: OffsetsAlteration, signal: AbortSignal): Promise<void> {
    const { plugins, sourceOffsets, sinkOffsets } = this.#options;
    const { name } = connector;
    if (alteration.kind !== (connector.config.kind === 'sink' ? 'sink' : 'source')) {
      throw new RequestError(
        connectorErrors.offsets_rejected.code,
        400,
        `Connector ${name} is a ${connector.config.kind} connector; offsets of a ${alteration.kind} connector cannot be set for it.`,
      );
    }
    if (alteration.kind === 'sink') {
      await sinkOffsets.alter(groupOf(connector), name, alteration.positions, signal);
      return;
    }
    const plugin = plugins.connector(connector.config.config['connector.class'] ?? '');
    if (plugin?.kind === 'source') plugin.alterOffsets?.(plugin.config.parse(connector.config.config).values, alteration.positions);
    await sourceOffsets.alter(name, alteration.positions, signal);
  }
}

const existing = (connector: ConnectorModel | undefined, name: string): ConnectorModel => {
  if (connector === undefined) throw notFound(`Connector ${name} not found`);
  return connector;
};

const toReset = (offsets: Offsets): OffsetsAlteration =>
  offsets.kind === 'source'
    ? { kind: 'source', positions: offsets.positions.map(({ partition }) => ({ partition, offset: null })) }
    : { kind: 'sink', positions: offsets.positions.map(({ topic, partition }) => ({ topic, partition, offset: null })) };

const groupOf = ({ name, config }: ConnectorModel): string => sinkGroup(name, config.config);
