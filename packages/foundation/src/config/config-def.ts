import type { ConfigProblem } from '../errors/headrace-error.ts';
import type { ConfigType, ConfigTypes } from './config-type.ts';
import { parseValue } from './parse-value.ts';

export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';

/** One option. What Kafka Connect shows of it in `/config` and `/config/validate` derives from here, as do docs and forms. */
export interface ConfigKey<T extends ConfigType = ConfigType, D = unknown> {
  readonly type: T;
  /** Left out: the key is required. null: optional without a value. Otherwise the text form of the default. */
  readonly default?: D;
  readonly importance: Importance;
  readonly doc: string;
  readonly group?: string;
  readonly width?: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';
  readonly displayName?: string;
  readonly dependents?: readonly string[];
  /** Allowed values of a STRING, shown as recommendations; compared without regard to case when `ignoreCase`. */
  readonly values?: readonly string[];
  readonly ignoreCase?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** What is wrong with a parsed value, or undefined; continues `Invalid value V for configuration K: `. */
  validate?(value: ConfigTypes[T]): string | undefined;
}

/** Options by name. Each is checked as a key of its own type, so that `validate` sees the right value. */
export type ConfigKeys = Readonly<Record<string, { [T in ConfigType]: ConfigKey<T> }[ConfigType]>>;

/** The typed values of a definition: null only where the default is null. */
export type ConfigOf<K extends ConfigKeys> = {
  readonly [Name in keyof K]: K[Name] extends ConfigKey<infer T>
    ? ConfigTypes[T] | (K[Name] extends { readonly default: null } ? null : never)
    : never;
};

export interface ParsedConfig<K extends ConfigKeys> {
  /** Complete only when `problems` is empty. */
  readonly values: ConfigOf<K>;
  readonly problems: readonly ConfigProblem[];
}

/** Raw settings as they come from REST, files or the environment. */
export type RawConfig = Readonly<Record<string, string | null>>;

export interface ConfigDef<K extends ConfigKeys> {
  readonly keys: K;
  /** Parses every key; names every problem, never only the first. Keys nobody defines are ignored here. */
  parse(raw: RawConfig): ParsedConfig<K>;
}

/** Keeps the literal types of the keys: `default: null` makes the value nullable. */
export const defineConfig = <const K extends ConfigKeys>(keys: K): ConfigDef<K> => ({
  keys,
  parse: (raw) => {
    const values: Record<string, unknown> = {};
    const problems: ConfigProblem[] = [];
    for (const [name, key] of Object.entries<ConfigKey>(keys)) {
      const outcome = parseKey(name, key, raw[name]);
      if (outcome.problem === undefined) values[name] = outcome.value;
      else problems.push(outcome.problem);
    }
    return { values: values as ConfigOf<K>, problems };
  },
});

export interface ParsedKey {
  readonly value?: unknown;
  readonly problem?: ConfigProblem;
}

/** One key alone: what `/config/validate` does for each entry. */
export const parseKey = (name: string, key: ConfigKey, raw: string | null | undefined): ParsedKey => {
  if (raw === undefined || raw === null) {
    if (key.default === undefined) {
      return { problem: { key: name, message: `Missing required configuration "${name}" which has no default value.` } };
    }
    return { value: key.default === null ? null : defaultValue(name, key) };
  }
  const parsed = parseValue(key.type, raw);
  const shown = key.type === 'PASSWORD' ? '[hidden]' : raw;
  const reason = parsed.reason ?? checkValue(key, parsed.value);
  if (reason === undefined) return { value: parsed.value };
  // As Java prints lists.
  const inSentence = Array.isArray(parsed.value) ? `[${parsed.value.join(', ')}]` : shown;
  return { problem: { key: name, value: shown, message: `Invalid value ${inSentence} for configuration ${name}: ${reason}` } };
};

const defaultValue = (name: string, key: ConfigKey): unknown => {
  if (typeof key.default !== 'string') return key.default;
  const parsed = parseValue(key.type, key.default);
  if (parsed.reason !== undefined) throw new TypeError(`Default of option ${name} is invalid: ${parsed.reason}`);
  return parsed.value;
};

const checkValue = (key: ConfigKey, value: unknown): string | undefined => {
  if (key.values !== undefined) {
    const fold = (text: string): string => (key.ignoreCase === true ? text.toLowerCase() : text);
    const allowed = new Set(key.values.map(fold));
    if (!allowed.has(fold(String(value)))) {
      return `String must be one of${key.ignoreCase === true ? ' (case insensitive)' : ''}: ${key.values.join(', ')}`;
    }
  }
  if (key.min !== undefined && (value as number) < key.min) return `Value must be at least ${String(key.min)}`;
  if (key.max !== undefined && (value as number) > key.max) return `Value must be no more than ${String(key.max)}`;
  return key.validate?.(value as never);
};
