#!/usr/bin/env node
// Arguments: a file of worker settings, then for a worker that is alone files of connectors.
// Exit codes: 0 stopped as asked, 1 broke, 2 settings that cannot be used, 130 told twice to stop and forced.
import { ConfigError, endSoon, hasReaction, Stopped, systemClock, toError } from '@headrace/foundation';
import { composeWorker, isRequestedEnd } from './compose.ts';
import type { ConnectorFile } from './connector-files.ts';
import { errors } from './errors.ts';
import { readConnectorFile } from './settings/connector-file.ts';
import { LogLevels } from './telemetry/log-levels.ts';
import { loggerNames, Loggers } from './telemetry/logger.ts';
import { advertisedAddress } from './settings/listeners.ts';
import { parseWorkerConfig, rootLevel, type WorkerConfig } from './settings/worker-config.ts';
import { readWorkerSettings } from './settings/worker-settings.ts';

/** Connectors may be named only where no other worker could have them otherwise. */
const readConnectorFiles = async (config: WorkerConfig, files: readonly string[]): Promise<readonly ConnectorFile[]> => {
  if (files.length > 0 && config['offset.storage.file.filename'] === null) {
    const message = 'Connector files are for a worker that is alone: set offset.storage.file.filename, or create connectors by REST.';
    throw new ConfigError(errors.config_invalid.code, [{ key: 'offset.storage.file.filename', message }]);
  }
  return Promise.all(files.map(async (file) => ({ file, connector: await readConnectorFile(file) })));
};

const main = async (): Promise<number> => {
  const [settingsFile, ...files] = process.argv.slice(2);
  const { raw, unused } = await readWorkerSettings(process.env, settingsFile);
  const config = parseWorkerConfig(raw);
  const connectorFiles = await readConnectorFiles(config, files);
  const logLevels = new LogLevels(rootLevel(config), systemClock);
  const loggers = new Loggers(logLevels, { worker: advertisedAddress(config) });
  const log = loggers.named(loggerNames.worker);
  if (unused.length > 0)
    log.warn('Settings without effect here: Headrace does not have them, or does not need them.', { settings: unused });
  const stopping = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(130);
    log.info('Worker drains and stops.', { signal: name });
    stopping.abort(new Stopped('shutdown'));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await composeWorker({ raw, config, connectorFiles, logLevels, loggers }).run(stopping.signal);
  } catch (error) {
    if (hasReaction(error, 'config')) throw error;
    if (!isRequestedEnd(error, stopping.signal)) {
      log.error('Worker broke and ends.', { error: toError(error).message, stack: toError(error).stack });
      endSoon(log);
      return 1;
    }
  }
  log.info('Worker has stopped.');
  endSoon(log);
  return 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!hasReaction(error, 'config')) throw error;
  process.stderr.write(`The worker cannot start with these settings:\n${error.message}\n`);
  process.exitCode = 2;
}
