import { randomUUID } from 'node:crypto';
import { routes } from '@headrace/rest-contract';
import type { RestDeps } from '../deps.ts';
import { jsonText } from '../json-text.ts';
import type { Serve } from '../serve.ts';

/** Signals to running connectors, and their notifications. */
export const mountMessages = (serve: Serve, { herder }: RestDeps): void => {
  serve(routes.sendSignal, async ({ params, body, signal, reply }) => {
    const id = body.id ?? randomUUID();
    await herder.sendSignal(params.connector, { id, type: body.type, data: jsonText(body.data ?? {}) }, signal);
    return reply(202, { id });
  });

  serve(routes.listNotifications, async ({ params, signal, reply }) => {
    const notifications = await herder.notifications(params.connector, signal);
    return reply(
      200,
      notifications.map(({ id, aggregate, type, data, at }) => ({
        id,
        aggregate_type: aggregate,
        type,
        additional_data: { ...data },
        timestamp: at,
      })),
    );
  });
};
