import { RequestError, toError } from '@headrace/foundation';
import { routes, type Route } from '@headrace/rest-contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Endpoints } from './deps.ts';
import { restErrors } from './errors.ts';
import { routerError } from './error-response.ts';
import { jsonText, parseJson, type NumberForm } from './json-text.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How numbers of the body are taken. */
    numbers?: NumberForm;
    /** The answer is text: what media the client accepts is not asked. */
    isText?: boolean;
  }
}

/** The rules of HTTP that hold for every endpoint: JSON in and out, and what the router itself refuses. */
export const applyRequestRules = (app: FastifyInstance, endpoints: Endpoints): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    parseBody(request, text as string, done);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404 && request.routeOptions.config.isText !== true && !acceptsJson(request.headers.accept)) {
      done(new RequestError(restErrors.not_acceptable.code, 406, 'HTTP 406 Not Acceptable'));
      return;
    }
    // `curl -X POST -d ''` names a media type for a body that it does not send.
    const { headers } = request.raw;
    if (headers['content-length'] === '0' && headers['transfer-encoding'] === undefined) delete headers['content-type'];
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Clients compare the type literally: Kafka Connect sends no charset.
    if (String(reply.getHeader('content-type') ?? '').startsWith('application/json')) reply.header('content-type', 'application/json');
    done(null, payload);
  });
  app.setReplySerializer((payload) => jsonText(payload));
  app.setSerializerCompiler(() => jsonText);
  const known = knownPaths.filter(({ isAdmin }) => endpoints === 'all' || isAdmin === (endpoints === 'admin-only'));
  app.setNotFoundHandler((request, reply) => refuseUnrouted(known, request, reply));
};

const parseBody = (request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void): void => {
  if (text === '') {
    done(null, undefined);
    return;
  }
  try {
    done(null, parseJson(text, request.routeOptions.config.numbers ?? 'exact'));
  } catch (error) {
    done(new RequestError(restErrors.bad_request.code, 400, `Request body is not valid JSON: ${toError(error).message}`, { cause: error }));
  }
};

/** Whether one of the media ranges takes JSON: a quality of zero refuses. */
export const acceptsJson = (accept: string | undefined): boolean => {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !isRefused && ['*/*', 'application/*', 'application/json'].includes(type);
  });
};

interface KnownPath {
  readonly isAdmin: boolean;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

const knownPaths: readonly KnownPath[] = [
  ...Map.groupBy(
    [...(Object.values(routes) as readonly Route[]), { path: '/openapi.json', method: 'GET' }, { path: '/metrics', method: 'GET' }],
    (route) => route.path,
  ),
].map(([path, served]) => {
  const methods = served.map((route) => route.method);
  return {
    isAdmin: path.startsWith('/admin/'),
    pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
    methods: [...(methods.includes('GET') ? ['HEAD'] : []), ...methods, 'OPTIONS'],
  };
});

/** What no route took: 404, or for a path that exists 405 with the methods it has, and the answer to OPTIONS. */
const refuseUnrouted = async (paths: readonly KnownPath[], request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
  const [path = ''] = request.url.split('?', 1);
  const known = paths.find(({ pattern }) => pattern.test(path));
  if (known === undefined) return reply.code(404).send(routerError(404));
  const allow = known.methods.join(',');
  if (request.method === 'OPTIONS') return reply.code(200).header('allow', allow).type('text/plain').send(known.methods.join(', '));
  return reply.code(405).header('allow', allow).send(routerError(405));
};
