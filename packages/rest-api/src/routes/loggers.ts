import { logLevels, RequestError, type LogLevel } from '@headrace/foundation';
import { routes, type LoggerLevel } from '@headrace/rest-contract';
import type { LoggerState, RestDeps } from '../deps.ts';
import { restErrors } from '../errors.ts';
import type { Serve } from '../serve.ts';
import { badRequest } from '../wire/config-input.ts';

/** Levels of loggers, of this worker or of all. */
export const mountLoggers = (serve: Serve, { loggers, log }: RestDeps): void => {
  serve(routes.listLoggers, ({ reply }) =>
    reply(200, Object.fromEntries(loggers.list().flatMap((state) => (state.level === 'OFF' ? [] : [[state.name, loggerLevel(state)]])))),
  );

  serve(routes.getLogger, ({ params, reply }) => {
    const state = loggers.list().find(({ name }) => name === params.logger);
    if (state !== undefined) return reply(200, loggerLevel(state));
    throw new RequestError(restErrors.not_found.code, 404, `Logger ${params.logger} not found.`);
  });

  serve(routes.putLogger, async ({ params, query, body, signal, reply }) => {
    const level = requireLevel(body.level);
    const scope = [query.scope].flat()[0]?.toLowerCase() ?? 'worker';
    if (scope === 'cluster') {
      await loggers.setInCluster(params.logger, level, signal);
      return reply(204);
    }
    if (scope !== 'worker') log.warn('A scope of loggers is unknown and taken as worker.', { scope });
    return reply(200, [...loggers.set(params.logger, level)]);
  });
};

const loggerLevel = ({ level, lastModified }: LoggerState): LoggerLevel => ({ level, last_modified: lastModified });

const requireLevel = (text: string | null | undefined): LogLevel => {
  if (text === undefined || text === null) throw badRequest("Desired 'level' parameter was not specified in request.");
  const level = logLevels.find((known) => known === text.toUpperCase());
  if (level === undefined) throw new RequestError(restErrors.not_found.code, 404, `invalid log level '${text}'.`);
  return level;
};
