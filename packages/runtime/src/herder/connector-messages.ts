import type { ConnectorNotification, ConnectorSignal } from '@headrace/connector-api';
import { RequestError } from '@headrace/foundation';
import { codecs } from '../cluster/store/values.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import type { ConnectorStore, ConnectorView } from './connector-store.ts';
import { connectorErrors, notFound } from './errors.ts';

/** Signals of one connector that may wait at once: every worker holds them. */
const MAX_WAITING = 16;
const MAX_DATA_BYTES = 65_536;

/** What operators ask of running connectors, and what these tell them. */
export class ConnectorMessages {
  readonly #connectors: ConnectorStore;
  readonly #plugins: PluginRegistry;

  constructor(connectors: ConnectorStore, plugins: PluginRegistry) {
    this.#connectors = connectors;
    this.#plugins = plugins;
  }

  /** Leaves it for whoever owns the connector's task, now or later. */
  async send(name: string, message: ConnectorSignal, signal: AbortSignal): Promise<void> {
    const { keys } = this.#connectors;
    if (Buffer.byteLength(message.data) > MAX_DATA_BYTES) {
      throw new RequestError(connectorErrors.too_large.code, 413, `The data of a signal may have ${String(MAX_DATA_BYTES)} bytes.`);
    }
    const decide = ({ connector }: ConnectorView) => {
      if (connector === undefined) throw notFound(`Unknown connector ${name}`);
      this.#check(name, connector.config.config['connector.class'] ?? '', message);
      if (connector.signals.length >= MAX_WAITING) {
        throw new RequestError(
          connectorErrors.signals_waiting.code,
          409,
          `${String(MAX_WAITING)} signals wait for connector ${name} already. ${connectorErrors.signals_waiting.hint}`,
        );
      }
      if (connector.signals.some(({ id }) => id === message.id)) {
        throw new RequestError(
          connectorErrors.signal_exists.code,
          409,
          `A signal with id "${message.id}" waits for connector ${name} already.`,
        );
      }
      const key = keys.signal(name, message.id);
      const premises = [
        { key: keys.config(name), exists: true },
        { key, exists: false },
      ];
      const value = codecs.signal.encode({ type: message.type, data: message.data });
      return { transaction: { if: premises, then: [{ put: key, value }] }, result: undefined };
    };
    await this.#connectors.change(name, decide, signal);
  }

  /** The last ones, oldest first. */
  async notifications(name: string, signal: AbortSignal): Promise<readonly ConnectorNotification[]> {
    const { connector } = await this.#connectors.read(name, signal);
    if (connector === undefined) throw notFound(`Unknown connector ${name}`);
    const entry = await this.#connectors.get(this.#connectors.keys.notices(name), signal);
    return entry === null ? [] : codecs.notices.decode(entry).notices;
  }

  #check(name: string, className: string, message: ConnectorSignal): void {
    const plugin = this.#plugins.connector(className);
    if (plugin?.kind !== 'source' || plugin.checkSignal === undefined) {
      throw new RequestError(connectorErrors.no_signals.code, 400, `Connector ${name} (${className}) takes no signals.`);
    }
    const problem = plugin.checkSignal(message);
    if (problem !== undefined) throw new RequestError(connectorErrors.signal_rejected.code, 400, `The signal is refused: ${problem}.`);
  }
}
