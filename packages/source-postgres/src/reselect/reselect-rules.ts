/**
 * Options of Debezium's post-processor that reads values again which the log does not hold:
 *
 *   post.processors = p                  names, of which one may stand here
 *   p.type                               the class below
 *   p.reselect.unavailable.values        unchanged TOAST values are read again (default true)
 *   p.reselect.null.values               nulls as well (default true)
 *   p.reselect.columns.include.list      expressions over `schema.table:column`; or .exclude.list
 *   p.reselect.use.event.key             rows are found by the record's key instead of the primary key (default false)
 *   p.reselect.error.handling.mode       a row that is not found: warn and leave it (default), or fail
 */
import { checkPatternList, includeExclude, type Matcher } from '@headrace/cdc';
import type { ConfigProblem, RawConfig } from '@headrace/foundation';

export interface ReselectRules {
  readonly unavailable: boolean;
  readonly nulls: boolean;
  /** Of `schema.table:column`. */
  readonly isChosen: Matcher;
  readonly usesEventKey: boolean;
  /** A row that is not found fails the task. */
  readonly fails: boolean;
}

const NAMES = 'post.processors';
const CLASS = 'io.debezium.processors.reselect.ReselectColumnsPostProcessor';
const INCLUDE = 'reselect.columns.include.list';
const EXCLUDE = 'reselect.columns.exclude.list';

const isFlag = (value: string): string | undefined => (/^(true|false)$/i.test(value) ? undefined : 'must be true or false');
const isMode = (value: string): string | undefined => (/^(warn|fail)$/i.test(value) ? undefined : 'must be warn or fail');

/** What is wrong with a value, by the option's name behind that of the processor. */
const checks: Readonly<Record<string, (value: string) => string | undefined>> = {
  type: (value) => (value === CLASS ? undefined : `only ${CLASS} is built`),
  'reselect.unavailable.values': isFlag,
  'reselect.null.values': isFlag,
  'reselect.use.event.key': isFlag,
  'reselect.error.handling.mode': isMode,
  [INCLUDE]: checkPatternList,
  [EXCLUDE]: checkPatternList,
};

const namesOf = (raw: RawConfig): readonly string[] =>
  (raw[NAMES] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** The rules a valid configuration gives; undefined: nothing is read again. */
export const reselectRules = (raw: RawConfig): ReselectRules | undefined => {
  const [name] = namesOf(raw);
  if (name === undefined) return undefined;
  const option = (key: string, fallback: string): string => (raw[`${name}.${key}`] ?? fallback).toLowerCase();
  return {
    unavailable: option('reselect.unavailable.values', 'true') === 'true',
    nulls: option('reselect.null.values', 'true') === 'true',
    isChosen: includeExclude(raw[`${name}.${INCLUDE}`] ?? null, raw[`${name}.${EXCLUDE}`] ?? null),
    usesEventKey: option('reselect.use.event.key', 'false') === 'true',
    fails: option('reselect.error.handling.mode', 'warn') === 'fail',
  };
};

/** Processors nobody has built, and options of theirs that mean nothing. */
export const reselectProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const [name, second] = namesOf(raw);
  if (name === undefined) return [];
  const problem = (key: string, value: string | undefined, reason: string): ConfigProblem => ({
    key,
    ...(value === undefined ? {} : { value }),
    message: `Invalid value ${value ?? 'null'} for configuration ${key}: ${reason}.`,
  });
  const given = Object.entries(raw).filter((entry): entry is [string, string] => entry[0].startsWith(`${name}.`) && entry[1] !== null);
  const problems = given.flatMap(([key, value]) => {
    const check = checks[key.slice(name.length + 1)];
    const reason = check === undefined ? 'this option is not known' : check(value);
    return reason === undefined ? [] : [problem(key, value, reason)];
  });
  if (second !== undefined) problems.push(problem(NAMES, raw[NAMES] ?? '', 'one processor may be named, of one class'));
  if ((raw[`${name}.type`] ?? null) === null) problems.push(problem(`${name}.type`, undefined, `it has to name ${CLASS}`));
  return problems;
};
