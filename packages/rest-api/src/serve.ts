import { abortable, systemClock } from '@headrace/foundation';
import { errorBody, type Route } from '@headrace/rest-contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { startDeadline } from './deadline.ts';
import type { RestDeps } from './deps.ts';
import type { NumberForm } from './json-text.ts';

/** What a route does not have. */
type Nothing = Readonly<Record<string, undefined>>;
type Input<S> = S extends TSchema ? Static<S> : Nothing;
type Part<R extends Route, Name extends 'params' | 'query' | 'body'> = R extends Readonly<Record<Name, infer S>> ? Input<S> : Nothing;

/** A request of one route, its parts typed by the contract. */
export interface Call<R extends Route> {
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly body: Part<R, 'body'>;
  /** Scheme and authority that the client used, for `Location`. */
  readonly origin: string;
  /** Aborts when the request's time is over. */
  readonly signal: AbortSignal;
  readonly reply: Reply<R>;
}

type Headers = Readonly<Record<string, string>>;
type Status<R extends Route> = keyof R['responses'] & number;

/** What a handler comes to; made only by `reply`. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** One of the route's statuses, with the body that the contract gives it. */
type Reply<R extends Route> = <S extends Status<R>>(
  status: S,
  ...rest: R['responses'][S] extends TSchema ? [body: Static<R['responses'][S]>, headers?: Headers] : []
) => Answer;

const reply = (status: number, body?: unknown, headers: Headers = {}): Answer => ({ status, body, headers });

export interface ServeOptions {
  /** How numbers of the body are taken. Default `exact`. */
  readonly numbers?: NumberForm;
  /** Default: the server's. */
  readonly timeoutMs?: number;
}

/** Mounts one route of the contract: schemas, deadline. */
export type Serve = <R extends Route>(route: R, handler: (call: Call<R>) => Answer | Promise<Answer>, options?: ServeOptions) => void;

export const DEFAULT_TIMEOUT_MS = 90_000;

export const createServe = (app: FastifyInstance, deps: RestDeps): Serve => {
  const clock = deps.clock ?? systemClock;
  return (route, handler, options = {}) => {
    const timeoutMs = options.timeoutMs ?? deps.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: schemaOf(route),
      config: { numbers: options.numbers ?? 'exact' },
      handler: async (request, response) => {
        using deadline = startDeadline(clock, timeoutMs, timeoutMessage(request, timeoutMs));
        const work = Promise.resolve(handler(callOf<typeof route>(request, deadline.signal)));
        const { status, headers, body } = await abortable(work, deadline.signal);
        return await response.code(status).headers(headers).send(body);
      },
    });
  };
};

const timeoutMessage = (request: FastifyRequest, timeoutMs: number): string =>
  `Request timed out. The cluster did not complete ${request.method} ${request.url} within ${String(timeoutMs / 1000)} s.`;

const callOf = <R extends Route>(request: FastifyRequest, signal: AbortSignal): Call<R> => ({
  params: request.params as Call<R>['params'],
  query: request.query as Call<R>['query'],
  body: request.body as Call<R>['body'],
  origin: `${request.protocol}://${request.host}`,
  signal,
  reply: reply,
});

/** What Fastify checks requests against and OpenAPI shows. Responses are documentation here; a test holds the server to it. */
const schemaOf = (route: Route): Readonly<Record<string, unknown>> => {
  const successes = Object.entries(route.responses).map(([status, body]) => [status, body ?? { type: 'null', description: 'No body' }]);
  const errors = [...route.errors, 500].filter((status) => !(status in route.responses)).map((status) => [String(status), errorBody]);
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: Object.fromEntries([...successes, ...errors]) as Record<string, unknown>,
  };
};
