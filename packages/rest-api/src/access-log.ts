import type { Logger } from '@headrace/foundation';
import type { FastifyInstance } from 'fastify';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A line for each request: at INFO what may change something, at DEBUG what only looks. Bodies and headers are never in it. */
export const logAccess = (app: FastifyInstance, log: Logger): void => {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url, ip } = request;
    const fields = { client: ip, method, path: url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    if (READING.has(method)) log.debug('Request', fields);
    else log.info('Request', fields);
    done();
  });
};
