import type { Clock } from '@headrace/foundation';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** One entry of `response.http.headers.config`. */
export interface ResponseHeader {
  /** `add` keeps what the answer has of that name already. */
  readonly action: 'set' | 'add';
  readonly name: string;
  /** A text as it is, or a date this many milliseconds from now. */
  readonly value: string | number;
}

/** Gives every answer these headers. */
export const addResponseHeaders = (app: FastifyInstance, headers: readonly ResponseHeader[], clock: Clock): void => {
  app.addHook('onSend', (_request, reply, payload, done) => {
    for (const header of headers) apply(reply, header, clock);
    done(null, payload);
  });
};

const apply = (reply: FastifyReply, { action, name, value }: ResponseHeader, clock: Clock): void => {
  const text = typeof value === 'string' ? value : new Date(clock.now() + value).toUTCString();
  const present = action === 'add' ? reply.getHeader(name) : undefined;
  reply.header(name, present === undefined ? text : [present, text].flat().map(String));
};
