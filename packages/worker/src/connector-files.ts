import { ConfigError, toError, type Logger } from '@headrace/foundation';
import type { CreateConnector, Herder } from '@headrace/runtime';
import { isDeepStrictEqual } from 'node:util';
import { errors } from './errors.ts';

/** A connector that was named on the command line. */
export interface ConnectorFile {
  readonly file: string;
  readonly connector: CreateConnector;
}

/** Brings the connectors to what their files say; others stay as they are. ConfigError names the file of one that is refused. */
export const applyConnectorFiles = async (
  herder: Herder,
  files: readonly ConnectorFile[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> => {
  // A worker of a cluster has none, and may be there before the cluster's store is.
  if (files.length === 0) return;
  const present = new Set(await herder.connectorNames(signal));
  for (const { file, connector } of files) {
    try {
      if (present.has(connector.name)) await update(herder, connector, signal);
      else await herder.createConnector(connector, signal);
      log.info('Connector is as its file says.', { connector: connector.name, file });
    } catch (error) {
      signal.throwIfAborted();
      const message = `The connector of the file ${file} is refused: ${toError(error).message}`;
      throw new ConfigError(errors.config_invalid.code, [{ key: file, message }], { cause: error });
    }
  }
};

/** One that is as it should be is not started anew. */
const update = async (herder: Herder, { name, config }: CreateConnector, signal: AbortSignal): Promise<void> => {
  const { config: stored } = await herder.connector(name, signal);
  if (!isDeepStrictEqual(stored, { ...config, name })) await herder.putConfig(name, config, signal);
};
