import { RequestError, type RawConfig } from '@headrace/foundation';
import type { ConfigInput } from '@headrace/rest-contract';
import type { TargetState } from '@headrace/runtime';
import { restErrors } from '../errors.ts';

/** Every value as text: `2` and `true` are stored as they were written. null stays: POST and PUT refuse it by key, PATCH deletes. */
export const rawConfig = (input: ConfigInput): RawConfig =>
  Object.fromEntries(Object.entries(input).map(([key, value]) => [key, value === null ? null : String(value)]));

/** The configuration with its `name`, which must be the one it is addressed by. */
export const namedConfig = (name: string, input: ConfigInput): RawConfig => {
  const config = rawConfig(input);
  requireName(name, config);
  return Object.hasOwn(config, 'name') ? config : { ...config, name };
};

/** Refuses a configuration that calls itself otherwise. A null name is the validation's business. */
export const requireName = (name: string, config: RawConfig): void => {
  const own = Object.hasOwn(config, 'name') ? config['name'] : undefined;
  if (typeof own !== 'string' || own === name) return;
  throw badRequest(`Connector name configuration (${own}) doesn't match connector name in the URL (${name})`);
};

const TARGET_STATES: Readonly<Record<string, TargetState>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' };

/** `initial_state` in any case; undefined where the client leaves it to the default. */
export const targetState = (text: string | null | undefined): TargetState | undefined => {
  if (text === null || text === undefined) return undefined;
  const name = text.toUpperCase();
  const state = Object.hasOwn(TARGET_STATES, name) ? TARGET_STATES[name] : undefined;
  if (state === undefined) throw badRequest(`initial_state "${text}" is not one of: RUNNING, PAUSED, STOPPED`);
  return state;
};

export const badRequest = (message: string): RequestError => new RequestError(restErrors.bad_request.code, 400, message);

/** A flag in a query: `true` in any case. Repeated, the first counts. */
export const isTrue = (value: string | readonly string[] | undefined): boolean => {
  const text = typeof value === 'object' ? value[0] : value;
  return text?.toLowerCase() === 'true';
};
