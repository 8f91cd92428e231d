import { logLevels, type LogFields, type Logger, type LogLevel } from '@headrace/foundation';
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { LevelCell, LogLevels } from './log-levels.ts';

/** The loggers of this process: kept under Kafka Connect's names, so that its users find them. */
export const loggerNames = {
  worker: 'org.apache.kafka.connect.runtime.Worker',
  cluster: 'org.apache.kafka.connect.runtime.distributed.DistributedHerder',
  rest: 'org.apache.kafka.connect.runtime.rest.RestServer',
} as const;

const rankOf = (level: LogLevel): number => logLevels.indexOf(level);
const RANKS = { debug: rankOf('DEBUG'), info: rankOf('INFO'), warn: rankOf('WARN'), error: rankOf('ERROR') } as const;

const wrap = (target: Pino, cell: LevelCell): Logger => {
  const writer =
    (method: keyof typeof RANKS) =>
    (message: string, fields?: LogFields): void => {
      if (rankOf(cell.level) >= RANKS[method]) target[method](fields ?? {}, message);
    };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    with: (fields) => wrap(target.child(fields), cell),
  };
};

/** Lines that could not be written are kept, for when there is room again, up to this. */
const KEPT_BYTES = 1_000_000;

/** Standard output. A full disk must cost lines, not the worker: without a listener the failure to write would end the process. */
const standardOutput = (): DestinationStream => {
  const output = pino.destination({ fd: 1, sync: true, maxLength: KEPT_BYTES });
  output.on('error', () => undefined);
  return output;
};

/** JSON lines on standard output. Works in any thread. */
export class Loggers {
  readonly #levels: LogLevels;
  readonly #root: Pino;

  /** `fields` are in every line. */
  constructor(levels: LogLevels, fields: LogFields) {
    this.#levels = levels;
    this.#root = pino({ level: 'trace', base: { ...fields }, timestamp: pino.stdTimeFunctions.isoTime }, standardOutput());
  }

  named(name: string): Logger {
    return wrap(this.#root.child({ logger: name }), this.#levels.of(name));
  }
}
