import { routes } from '@headrace/rest-contract';
import type { RestDeps } from '../deps.ts';
import type { Serve } from '../serve.ts';
import { connectorOffsets, offsetEntries, offsetsAlteration } from '../wire/offsets.ts';

/** Where connectors resume. */
export const mountOffsets = (serve: Serve, { herder }: RestDeps): void => {
  serve(routes.getOffsets, async ({ params, signal, reply }) =>
    reply(200, connectorOffsets(await herder.offsets(params.connector, signal))),
  );

  serve(routes.patchOffsets, async ({ params, body, signal, reply }) => {
    const entries = offsetEntries(body);
    const { kind } = await herder.connector(params.connector, signal);
    const message = await herder.alterOffsets(params.connector, offsetsAlteration(kind, entries), signal);
    return reply(200, { message });
  });

  serve(routes.deleteOffsets, async ({ params, signal, reply }) =>
    reply(200, { message: await herder.alterOffsets(params.connector, undefined, signal) }),
  );
};
