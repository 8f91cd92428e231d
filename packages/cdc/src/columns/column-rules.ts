/**
 * Options whose names hold a part of what they ask for, or that choose columns one by one:
 *
 *   column.mask.with.<n>.chars                      n asterisks for every value
 *   column.mask.hash[.v2].<algorithm>.with.salt.<s> hex digits of a hash
 *   column.truncate.to.<n>.chars                    the first n characters
 *   column.propagate.source.type                    parameters of the field tell the column's type
 *   datatype.propagate.source.type                  the same, chosen by the type
 *
 * Values are lists of regular expressions. Where several masks match a column, the one that hides most counts, in this order.
 */
import { createHash } from 'node:crypto';
import type { ConfigProblem, RawConfig } from '@headrace/foundation';
import { checkPatternList, patternList, type Matcher } from '../config/pattern-list.ts';
import type { ColumnMask } from './column-mask.ts';

/** A column by all its names. */
export interface ColumnName {
  readonly database: string;
  /** As in `tablePath`. */
  readonly path: string;
  readonly column: string;
}

/** What the database says of a column. */
export interface SourceType {
  readonly name: string;
  /** Characters, digits or bytes; null: the type has none. */
  readonly length: number | null;
  readonly scale: number | null;
  readonly comment: string | null;
}

interface MaskRule {
  readonly mask: ColumnMask;
  readonly matches: Matcher;
}

const HASH = /^column\.mask\.hash\.(v2\.)?([^.]+)\.with\.salt\.(.+)$/;
const CHARS = /^column\.mask\.with\.(\d+)\.chars$/;
const TRUNCATE = /^column\.truncate\.to\.(\d+)\.chars$/;
const FAMILY = /^column\.(mask|truncate)\./;
const COLUMNS = 'column.propagate.source.type';
const TYPES = 'datatype.propagate.source.type';

const maskOfKey = (key: string): ColumnMask | undefined => {
  const chars = CHARS.exec(key);
  if (chars !== null) return { kind: 'chars', length: Number(chars[1]) };
  const hash = HASH.exec(key);
  if (hash !== null) return { kind: 'hash', version: hash[1] === undefined ? 1 : 2, algorithm: hash[2] ?? '', salt: hash[3] ?? '' };
  const truncate = TRUNCATE.exec(key);
  return truncate === null ? undefined : { kind: 'truncate', length: Number(truncate[1]) };
};

const strength: Readonly<Record<ColumnMask['kind'], number>> = { chars: 0, hash: 1, truncate: 2 };

/** Which columns are masked, and which tell their types. */
export class ColumnRules {
  readonly #masks: readonly MaskRule[];
  readonly #columns: Matcher;
  readonly #types: Matcher;

  /** `raw`: the connector's configuration, already validated. */
  constructor(raw: RawConfig) {
    this.#masks = Object.entries(raw)
      .flatMap(([key, value]): MaskRule[] => {
        const mask = maskOfKey(key);
        return mask === undefined || value === null ? [] : [{ mask, matches: patternList(value) }];
      })
      .sort((a, b) => strength[a.mask.kind] - strength[b.mask.kind]);
    this.#columns = patternList(raw[COLUMNS] ?? '');
    this.#types = patternList(raw[TYPES] ?? '');
  }

  maskOf(name: ColumnName): ColumnMask | undefined {
    const names = namesOf(name, name.column);
    return this.#masks.find(({ matches }) => names.some(matches))?.mask;
  }

  /** Parameters that tell the type of the column, where an option asks for them. */
  sourceParameters(name: ColumnName, type: SourceType): Readonly<Record<string, string>> {
    const isAskedFor =
      namesOf(name, name.column).some(this.#columns) || [...namesOf(name, type.name), `${name.database}.${type.name}`].some(this.#types);
    if (!isAskedFor) return {};
    const prefix = '__debezium.source.column';
    return {
      [`${prefix}.type`]: type.name.toUpperCase(),
      ...(type.length === null ? {} : { [`${prefix}.length`]: String(type.length) }),
      ...(type.scale === null ? {} : { [`${prefix}.scale`]: String(type.scale) }),
      ...(type.comment === null || type.comment === '' ? {} : { [`${prefix}.comment`]: type.comment }),
      [`${prefix}.name`]: name.column,
    };
  }
}

const namesOf = ({ database, path }: ColumnName, last: string): readonly string[] => [`${path}.${last}`, `${database}.${path}.${last}`];

/** Names of options that mean nothing, hashes nobody knows, and broken expressions. */
export const columnRuleProblems = (raw: RawConfig): readonly ConfigProblem[] =>
  Object.entries(raw).flatMap(([key, value]) => {
    if (value === null || !(FAMILY.test(key) || key === COLUMNS || key === TYPES)) return [];
    const message = ruleProblem(key, value);
    return message === undefined ? [] : [{ key, value, message: `Invalid value ${value} for configuration ${key}: ${message}` }];
  });

const ruleProblem = (key: string, value: string): string | undefined => {
  const broken = checkPatternList(value);
  if (broken !== undefined || !FAMILY.test(key)) return broken;
  const mask = maskOfKey(key);
  if (mask === undefined) {
    return 'masks are column.mask.with.N.chars, column.mask.hash.ALGORITHM.with.salt.SALT, column.mask.hash.v2... and column.truncate.to.N.chars.';
  }
  if (mask.kind === 'truncate' && mask.length === 0) return 'a text is cut to one character or more; column.mask.with.0.chars hides it.';
  return mask.kind === 'hash' && !isHash(mask.algorithm) ? `hash algorithm ${mask.algorithm} is not known here.` : undefined;
};

const isHash = (algorithm: string): boolean => {
  try {
    createHash(algorithm);
    return true;
  } catch {
    return false;
  }
};
