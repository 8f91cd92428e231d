import type { ConfigInput } from '@headrace/rest-contract';
import { usageError } from './cli-error.ts';
import { readJson, type CommandContext } from './command.ts';

/** A connector as files hold it. */
export interface ConnectorFile {
  readonly name: string;
  readonly config: ConfigInput;
  readonly initialState?: string;
}

/**
 * Reads `{"name","config","initial_state"?}` as for POST, or a flat configuration with `name` among its keys. What is in
 * the configuration is for the cluster to judge.
 */
export const readConnectorFile = async (context: CommandContext, path: string): Promise<ConnectorFile> => {
  const content = await readJson(context, path);
  const place = path === '-' ? 'The standard input' : `File ${path}`;
  if (!isObject(content)) throw usageError(`${place} does not hold a JSON object.`);
  const name = content['name'];
  if (typeof name !== 'string' || name.trim() === '') throw usageError(`${place} does not name the connector: add a "name".`);
  if (!isObject(content['config'])) return { name: name.trim(), config: content as ConfigInput };
  const state = content['initial_state'];
  return {
    name: name.trim(),
    config: content['config'] as ConfigInput,
    ...(typeof state === 'string' ? { initialState: state } : {}),
  };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
