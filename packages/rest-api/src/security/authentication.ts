import { RequestError } from '@headrace/foundation';
import type { FastifyInstance } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { restErrors } from '../errors.ts';
import { isPreflight } from './cors.ts';

/** Who may use the REST API: anybody with one of these. */
export interface Credentials {
  /** `user:password`. */
  readonly basic: readonly string[];
  readonly bearer: readonly string[];
}

/** Probes carry no credentials, and it tells nothing but whether the worker is well. */
const OPEN_PATH = '/health';

/** 401 for every request without valid credentials, but for `/health` and the preflights of browsers. */
export const requireCredentials = (app: FastifyInstance, credentials: Credentials): void => {
  const accepted = [
    ...credentials.basic.map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
    ...credentials.bearer.map((token) => `Bearer ${token}`),
  ].map(digest);
  const challenge = [
    ...(credentials.basic.length > 0 ? ['Basic realm="Kafka Connect"'] : []),
    ...(credentials.bearer.length > 0 ? ['Bearer'] : []),
  ];
  app.addHook('onRequest', (request, reply, done) => {
    const [path] = request.url.split('?', 1);
    const given = digest(normalized(request.headers.authorization ?? ''));
    // Each is compared, so that the time tells nothing about which.
    const isKnown = accepted.map((known) => timingSafeEqual(known, given)).includes(true);
    if (isKnown || path === OPEN_PATH || isPreflight(request)) {
      done();
      return;
    }
    reply.header('www-authenticate', challenge.join(', '));
    done(new RequestError(restErrors.unauthorized.code, 401, 'User cannot access the resource.'));
  });
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The scheme is not case-sensitive. */
const normalized = (header: string): string =>
  header.replace(/^(basic|bearer)\s+/i, (_, scheme: string) => `${scheme[0]?.toUpperCase() ?? ''}${scheme.slice(1).toLowerCase()} `);
