import { isHeadraceError, type RequestError } from '@headrace/foundation';
import { routes, type ExpandedConnectors } from '@headrace/rest-contract';
import type { RestDeps } from '../deps.ts';
import type { Serve } from '../serve.ts';
import { namedConfig, rawConfig, requireName, targetState } from '../wire/config-input.ts';
import { connectorInfo, connectorStateInfo } from '../wire/connector.ts';

/** Connectors and their configurations. */
export const mountConnectors = (serve: Serve, { herder }: RestDeps): void => {
  serve(routes.listConnectors, async ({ query, signal, reply }) => {
    const names = await herder.connectorNames(signal);
    if (query.expand === undefined) return reply(200, [...names]);
    const wanted = new Set([query.expand].flat());
    return reply(200, await expand({ herder, names, wanted, signal }));
  });

  serve(
    routes.createConnector,
    async ({ body, origin, signal, reply }) => {
      const name = (body.name ?? '').trim();
      const config = namedConfig(name, body.config);
      const initialState = targetState(body.initial_state);
      const info = await herder.createConnector({ name, config, ...(initialState === undefined ? {} : { initialState }) }, signal);
      return reply(201, connectorInfo(info), { location: locationOf(origin, name) });
    },
    { numbers: 'text' },
  );

  serve(routes.getConnector, async ({ params, signal, reply }) =>
    reply(200, connectorInfo(await herder.connector(params.connector, signal))),
  );

  serve(routes.deleteConnector, async ({ params, signal, reply }) => {
    await herder.deleteConnector(params.connector, signal);
    return reply(204);
  });

  serve(routes.getConfig, async ({ params, signal, reply }) =>
    reply(200, connectorInfo(await herder.connector(params.connector, signal)).config),
  );

  serve(
    routes.putConfig,
    async ({ params, body, origin, signal, reply }) => {
      const name = params.connector;
      const { info, isCreated } = await herder.putConfig(name, namedConfig(name, body), signal);
      if (!isCreated) return reply(200, connectorInfo(info));
      return reply(201, connectorInfo(info), { location: locationOf(origin, name) });
    },
    { numbers: 'text' },
  );

  serve(
    routes.patchConfig,
    async ({ params, body, signal, reply }) => {
      const patch = rawConfig(body);
      requireName(params.connector, patch);
      return reply(200, connectorInfo(await herder.patchConfig(params.connector, patch, signal)));
    },
    { numbers: 'text' },
  );

  serve(routes.getStatus, async ({ params, signal, reply }) =>
    reply(200, connectorStateInfo(await herder.status(params.connector, signal))),
  );
};

/** Absolute, and escaped as Kafka Connect does it: a slash in the name stays one. */
const locationOf = (origin: string, name: string): string =>
  `${origin}/connectors/${encodeURI(name).replaceAll('?', '%3F').replaceAll('#', '%23')}`;

interface Expansion {
  readonly herder: RestDeps['herder'];
  readonly names: readonly string[];
  readonly wanted: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Connectors asked about at once: each is up to two reads of the store. */
const AT_ONCE = 32;

/** A connector that has gone in the meantime is left out; unknown words of `expand` give empty objects. */
const expand = async ({ herder, names, wanted, signal }: Expansion): Promise<ExpandedConnectors> => {
  const one = async (name: string): Promise<readonly (readonly [string, ExpandedConnectors[string]])[]> => {
    try {
      const [status, info] = await Promise.all([
        wanted.has('status') ? herder.status(name, signal) : undefined,
        wanted.has('info') ? herder.connector(name, signal) : undefined,
      ]);
      const parts = {
        ...(status === undefined ? {} : { status: connectorStateInfo(status) }),
        ...(info === undefined ? {} : { info: connectorInfo(info) }),
      };
      return [[name, parts]];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  };
  const entries: (readonly [string, ExpandedConnectors[string]])[] = [];
  for (let start = 0; start < names.length; start += AT_ONCE) {
    entries.push(...(await Promise.all(names.slice(start, start + AT_ONCE).map(one))).flat());
  }
  return Object.fromEntries(entries);
};

export const isNotFound = (error: unknown): error is RequestError =>
  isHeadraceError(error) && (error as Partial<RequestError>).status === 404;
