import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface CorsOptions {
  /** `access.control.allow.origin`: each `*`, an origin, or a regular expression for a whole origin. */
  readonly origins: readonly RegExp[];
  /** `access.control.allow.methods`. */
  readonly methods: readonly string[];
}

const PREFLIGHT_SECONDS = 60;

/** Lets scripts of other origins read the answers. A request of any other origin is served without these headers, as upstream. */
export const allowOrigins = (app: FastifyInstance, { origins, methods }: CorsOptions): void => {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin !== undefined && origins.some((allowed) => allowed.test(origin))) {
      reply.header('access-control-allow-origin', origin).header('vary', 'Origin');
      if (isPreflight(request)) {
        reply
          .header('access-control-allow-methods', methods.join(','))
          .header('access-control-allow-headers', 'Content-Type')
          .header('access-control-max-age', String(PREFLIGHT_SECONDS));
      }
    }
    done();
  });
};

/** A browser asks what it may ask. */
export const isPreflight = ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
