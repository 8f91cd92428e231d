import { ConfigError, toError, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import { propertiesOf, type CreateConnector, type TargetState } from '@headrace/runtime';
import { readFile } from 'node:fs/promises';
import { errors } from '../errors.ts';

/**
 * A connector as it is named on the command line: Java properties, a flat JSON object, or a JSON object with name, config and
 * initial_state, told apart by their content as in Kafka Connect. ConfigError names the file.
 */
export const readConnectorFile = async (file: string): Promise<CreateConnector> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw unusable(file, `cannot be read: ${toError(error).message}`);
  }
  const { config, initialState, ...given } = settingsOf(file, text);
  const name = given.name ?? config['name'];
  if (typeof name !== 'string' || name.trim() === '') throw unusable(file, 'has no name: every connector needs one');
  return { name: name.trim(), config, ...(initialState === undefined ? {} : { initialState }) };
};

interface Given {
  readonly name?: string;
  readonly config: RawConfig;
  readonly initialState?: TargetState;
}

const settingsOf = (file: string, text: string): Given => {
  const json = jsonObject(text);
  if (json === undefined) return { config: Object.fromEntries(propertiesOf(text)) };
  const { name, config, initial_state: state } = json;
  if (typeof config !== 'object' || config === null) return { config: flat(file, json) };
  const initialState = typeof state === 'string' ? targetStates[state.toUpperCase()] : undefined;
  if (state !== undefined && initialState === undefined) {
    throw unusable(file, `has the initial_state ${JSON.stringify(state)}; it has to be RUNNING, PAUSED or STOPPED`);
  }
  return {
    config: flat(file, config as Record<string, unknown>),
    ...(typeof name === 'string' ? { name } : {}),
    ...(initialState === undefined ? {} : { initialState }),
  };
};

const targetStates: Readonly<Record<string, TargetState>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' };

const jsonObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** Numbers and booleans become text, as by REST. */
const flat = (file: string, values: Readonly<Record<string, unknown>>): RawConfig =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      if (typeof value === 'string') return [key, value];
      if (typeof value === 'number' || typeof value === 'boolean') return [key, String(value)];
      throw unusable(file, `has a value of ${key} that is no text, number or boolean`);
    }),
  );

const unusable = (file: string, what: string): ConfigError => {
  const problem: ConfigProblem = { key: file, message: `The connector file ${file} ${what}.` };
  return new ConfigError(errors.config_invalid.code, [problem]);
};
