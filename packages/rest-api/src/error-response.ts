import { hasCode, isAbort, isHeadraceError, toError, type ConfigProblem, type Logger } from '@headrace/foundation';
import type { ErrorBody } from '@headrace/rest-contract';
import { configErrors, invalidConfigMessage } from '@headrace/runtime';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** What Kafka Connect's servlet container says where no handler was reached. */
const ROUTER_TEXTS: Readonly<Record<number, string>> = {
  404: 'HTTP 404 Not Found',
  405: 'HTTP 405 Method Not Allowed',
  406: 'HTTP 406 Not Acceptable',
  415: 'HTTP 415 Unsupported Media Type',
};

export const routerError = (status: number): ErrorBody => errorBodyOf(status, ROUTER_TEXTS[status] ?? `HTTP ${String(status)}`);

export const errorBodyOf = (status: number, message: string | null): ErrorBody => ({ error_code: status, message });

/** The answer to anything thrown on the way, as `{"error_code","message"}`. */
export const errorBodyFor = (error: unknown): ErrorBody => {
  // A path parameter of the wrong type is a path that does not exist.
  if ((error as Partial<FastifyError> | null)?.validationContext === 'params') return routerError(404);
  if (hasCode(error, configErrors.invalid.code)) return errorBodyOf(400, invalidConfigMessage(problemsIn(error)));
  if (isHeadraceError(error)) return errorBodyOf(statusOf(error), error.message);
  if (isAbort(error)) return errorBodyOf(500, toError(error).message);
  return frameworkError(toError(error));
};

/** ConfigError's problems, wherever its class was loaded. */
const problemsIn = (error: unknown): readonly ConfigProblem[] => (error as { readonly problems: readonly ConfigProblem[] }).problems;

const statusOf = (error: { readonly reaction: string; readonly status?: unknown }): number => {
  if (error.reaction === 'config') return 400;
  return error.reaction === 'request' && typeof error.status === 'number' ? error.status : 500;
};

/** Fastify's own refusals, in the words of the field. */
const frameworkError = (error: Partial<FastifyError> & Error): ErrorBody => {
  const status = error.statusCode ?? 500;
  if (status === 415 || status === 406) return routerError(status);
  return errorBodyOf(status, error.message);
};

/** Answers, and logs what someone has to look at: a request that failed for no fault of the client. */
export const createErrorHandler =
  (log: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const body = errorBodyFor(error);
    if (body.error_code >= 500 && request.routeOptions.url !== undefined && !isHeadraceRequest(error)) {
      log.error('REST request failed', {
        method: request.method,
        route: request.routeOptions.url,
        code: isHeadraceError(error) ? error.code : 'internal',
        error: toError(error).message,
      });
    }
    return reply.code(body.error_code).send(body);
  };

/** A refusal that was decided on is no fault. */
const isHeadraceRequest = (error: unknown): boolean => isHeadraceError(error) && error.reaction === 'request';
