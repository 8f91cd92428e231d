/** Data of a log line: names and numbers. No row data, no secrets, ever. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * error = someone must act; warn = degraded, healing by itself; info = a state transition; debug = batches.
 * Success is silent: metrics tell it. The message is a constant sentence, what varies goes into fields.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line also carries `fields`. */
  with(fields: LogFields): Logger;
}

/** Kafka Connect's (log4j's) levels, from nothing to everything. */
export const logLevels = ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL'] as const;
export type LogLevel = (typeof logLevels)[number];

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
