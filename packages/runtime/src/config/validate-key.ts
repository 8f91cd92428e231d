import { HIDDEN, parseKey, toError, type ConfigKey, type ConfigKeys, type ConfigType, type Secret } from '@headrace/foundation';
import { hasPlaceholder } from './placeholders.ts';
import type { PlacedKey, ValidatedKey } from './validation.ts';

/** A key that takes part in a validation, under its full name, with what the situation adds to its definition. */
export interface DefinedKey {
  readonly name: string;
  readonly key: PlacedKey;
  readonly recommended?: readonly string[];
  readonly isVisible?: boolean;
  /** The framework sets it, whatever the user says. */
  readonly fixed?: string;
  /** Keys that name a plugin: its canonical class name, or why it cannot be used. */
  readonly findClass?: (className: string) => FoundClass;
}

export type FoundClass = { readonly className: string } | { readonly reason: string };

interface Outcome {
  readonly value: string | null;
  readonly errors: readonly string[];
}

const NULL_VALUE = 'Null value can not be supplied as the configuration value.';

/** An entry for a key that nobody defines: it is listed only because of its errors. */
export const undefinedKey = (name: string, value: string | null, errors: readonly string[]): ValidatedKey => ({
  name,
  definition: null,
  value,
  recommendedValues: [],
  errors,
  isVisible: true,
});

export const nullValuedKey = (name: string): ValidatedKey => undefinedKey(name, null, [NULL_VALUE]);

/** One key by its own definition. A value that refers to a secret is taken as it is: it is known only when the task starts. */
export const validateKey = (defined: DefinedKey, given: string | null | undefined): ValidatedKey => {
  const raw = defined.fixed ?? given;
  return {
    name: defined.name,
    definition: defined.key,
    recommendedValues: defined.recommended ?? defined.key.values ?? [],
    isVisible: defined.isVisible ?? true,
    ...outcomeOf(defined, raw),
  };
};

const outcomeOf = (defined: DefinedKey, raw: string | null | undefined): Outcome => {
  const { name, key } = defined;
  if (raw === null) return { value: null, errors: [NULL_VALUE] };
  if (raw === undefined) return parsedOutcome(name, key, undefined);
  if (hasPlaceholder(raw)) return { value: key.type === 'PASSWORD' ? HIDDEN : raw, errors: [] };
  if (defined.findClass === undefined) return parsedOutcome(name, key, raw);
  const found = defined.findClass(raw.trim());
  if ('className' in found) return { value: found.className, errors: [] };
  return { value: null, errors: [`Invalid value ${raw} for configuration ${name}: ${found.reason}`] };
};

const parsedOutcome = (name: string, key: ConfigKey, raw: string | undefined): Outcome => {
  try {
    const parsed = parseKey(name, key, raw);
    if (parsed.problem === undefined) return { value: textOf(key.type, parsed.value as ConfigValue), errors: [] };
    return {
      value: parsed.problem.value !== undefined && isParsable(key.type, raw) ? parsed.problem.value : null,
      errors: [parsed.problem.message],
    };
  } catch (error) {
    return { value: null, errors: [`Configuration ${name} cannot be checked: ${toError(error).message}`] };
  }
};

/** Whether the text is of the type, whatever its definition demands beyond that. */
const isParsable = (type: ConfigType, raw: string | undefined): boolean =>
  parseKey('', { type, importance: 'LOW', doc: '' }, raw).problem === undefined;

/** A parsed value of any type. */
export type ConfigValue = string | number | boolean | readonly string[] | Secret | null | undefined;

/** How Kafka writes a value: lists joined by commas, doubles with their point, secrets hidden. null stays null. */
export const textOf = (type: ConfigType, value: ConfigValue): string | null => {
  if (value === null || value === undefined) return null;
  if (type === 'PASSWORD') return HIDDEN;
  const text = String(value);
  return type === 'DOUBLE' && Number.isInteger(value) ? `${text}.0` : text;
};

/**
 * Options of a plugin with their places: counted per group in the order of definition, as builders of Kafka definitions do.
 */
export const placeKeys = (keys: ConfigKeys): readonly (readonly [string, PlacedKey])[] => {
  const next = new Map<string, number>();
  return Object.entries(keys).map(([name, key]) => {
    if (key.group === undefined) return [name, { ...key, orderInGroup: -1 }];
    const order = next.get(key.group) ?? 1;
    next.set(key.group, order + 1);
    return [name, { ...key, orderInGroup: order }];
  });
};
