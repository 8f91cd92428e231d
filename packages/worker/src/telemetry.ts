import type { LogFields, Logger } from '@headrace/foundation';
import { pino, type Logger as Pino } from 'pino';

const wrap = (target: Pino): Logger => ({
  debug: (message, fields) => target.debug(fields ?? {}, message),
  info: (message, fields) => target.info(fields ?? {}, message),
  warn: (message, fields) => target.warn(fields ?? {}, message),
  error: (message, fields) => target.error(fields ?? {}, message),
  with: (fields) => wrap(target.child(fields)),
});

/** JSON lines on standard output; `fields` name the worker or the task in every line. Works in any thread. */
export const createLogger = (level: string, fields: LogFields): Logger =>
  wrap(
    pino(
      { level: level.toLowerCase(), base: { ...fields }, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ fd: 1, sync: true }),
    ),
  );
