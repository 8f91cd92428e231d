import * as connectorApi from '@headrace/connector-api';
import { registerHooks } from 'node:module';

const PACKAGE = '@headrace/connector-api';
/** No file: the worker runs from a bundle, in which the package is no module of its own. */
const SHARED_URL = 'headrace:connector-api';
const SLOT = Symbol.for(SHARED_URL);

/**
 * Plugins from outside get the worker's own `@headrace/connector-api`, whatever copy is beside them: a Struct of theirs has to be
 * a Struct to our converters. Once in each thread, before they are loaded.
 */
export const shareConnectorApi = (): void => {
  const shared = globalThis as { [SLOT]?: typeof connectorApi };
  if (shared[SLOT] !== undefined) return;
  shared[SLOT] = connectorApi;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PACKAGE ? { url: SHARED_URL, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => (url === SHARED_URL ? { source, format: 'module', shortCircuit: true } : next(url, context)),
  });
};

const names = Object.keys(connectorApi).join(', ');
const source = `export const { ${names} } = globalThis[Symbol.for(${JSON.stringify(SHARED_URL)})];`;
