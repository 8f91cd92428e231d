import swagger from '@fastify/swagger';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { RequestError, systemClock } from '@headrace/foundation';
import fastify, { type FastifyInstance } from 'fastify';
import type { RestDeps } from './deps.ts';
import { logAccess } from './access-log.ts';
import { createErrorHandler, errorBodyFor } from './error-response.ts';
import { restErrors } from './errors.ts';
import { jsonText } from './json-text.ts';
import { applyRequestRules } from './request-rules.ts';
import { mountConnectors } from './routes/connectors.ts';
import { mountLifecycle } from './routes/lifecycle.ts';
import { mountLoggers } from './routes/loggers.ts';
import { mountMessages } from './routes/messages.ts';
import { mountOffsets } from './routes/offsets.ts';
import { mountPlugins } from './routes/plugins.ts';
import { mountTasks } from './routes/tasks.ts';
import { mountWorker } from './routes/worker.ts';
import { requireCredentials } from './security/authentication.ts';
import { allowOrigins } from './security/cors.ts';
import { addResponseHeaders } from './security/response-headers.ts';
import { createServe, type Serve } from './serve.ts';

/** etcd takes requests of 1.5 MiB; the configuration is the largest part of one. */
const BODY_LIMIT_BYTES = 1_500_000;
const IDLE_TIMEOUT_MS = 90_000;

/**
 * The REST server of a worker, not yet listening. Every answer comes from the herder; nothing is kept here. The OpenAPI
 * document at /openapi.json is made from the schemas that requests are checked against.
 */
export const buildApp = async (deps: RestDeps): Promise<FastifyInstance> => {
  const { tls, credentials, cors, headers } = deps.security ?? {};
  const app = fastify({
    ...(tls === undefined ? {} : { https: tls }),
    bodyLimit: deps.bodyLimit ?? BODY_LIMIT_BYTES,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    // Any worker can carry out any request as long as it can be asked: clients see a worker that stops by refused connections only.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 8_192 },
    schemaErrorFormatter: (errors, part) => invalidInput(part, errors[0]),
    frameworkErrors: (error, _request, reply) => {
      const body = errorBodyFor(error);
      reply.raw.writeHead(body.error_code, { 'content-type': 'application/json' }).end(jsonText(body));
    },
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler(createErrorHandler(deps.log));
  logAccess(app, deps.log);
  if (headers !== undefined) addResponseHeaders(app, headers, deps.clock ?? systemClock);
  if (cors !== undefined) allowOrigins(app, cors);
  if (credentials !== undefined) requireCredentials(app, credentials);
  const endpoints = deps.endpoints ?? 'all';
  applyRequestRules(app, endpoints);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Headrace',
        description: 'The REST API of Apache Kafka Connect 4, and the cluster beside it.',
        version: deps.info.version,
      },
    },
  });
  // Routes are mounted in a plugin of their own: only those that come after the OpenAPI plugin are seen by it.
  await app.register((scope, _options, done) => {
    const serve = createServe(scope, deps);
    if (endpoints !== 'without-admin') mountLoggers(serve, deps);
    if (endpoints !== 'admin-only') mountPublic(scope, serve, deps);
    done();
  });
  return app;
};

const mountPublic = (scope: FastifyInstance, serve: Serve, deps: RestDeps): void => {
  mountWorker(serve, deps);
  mountConnectors(serve, deps);
  mountLifecycle(serve, deps);
  mountTasks(serve, deps);
  mountMessages(serve, deps);
  mountOffsets(serve, deps);
  mountPlugins(serve, deps);
  scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger());
  scope.get('/metrics', { schema: { hide: true }, config: { isText: true } }, (_request, reply) =>
    reply.type(deps.metrics.contentType).send(deps.metrics.text()),
  );
};

interface SchemaError {
  readonly instancePath?: string;
  readonly message?: string;
}

/** A sentence for the first thing that does not fit; Fastify tells the part (`body`, `params`, `querystring`). */
const invalidInput = (part: string, error: SchemaError | undefined): Error => {
  const place = error?.instancePath === undefined || error.instancePath === '' ? '' : ` at ${error.instancePath}`;
  return new RequestError(
    restErrors.bad_request.code,
    400,
    `Request ${part} is not as expected${place}: it ${error?.message ?? 'is invalid'}.`,
  );
};
