import { checkPatternList, patternList, type Matcher } from '@headrace/cdc';

export interface IdentityRule {
  readonly matches: Matcher;
  /** DEFAULT, FULL, NOTHING, or an index. */
  readonly identity: string;
}

const ITEM = /^(.+):\s*(DEFAULT|FULL|NOTHING|INDEX\s+(\S+))$/i;

const itemsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Validator of the option. */
export const checkIdentities = (text: string): string | undefined => {
  for (const item of itemsOf(text)) {
    const [, tables] = ITEM.exec(item) ?? [];
    if (tables === undefined) return `"${item}" is not TABLE:IDENTITY with DEFAULT, FULL, NOTHING or INDEX name`;
    const broken = checkPatternList(tables);
    if (broken !== undefined) return broken;
  }
  return undefined;
};

/** The option as rules; the first that matches a table counts. */
export const identityRules = (text: string): readonly IdentityRule[] =>
  itemsOf(text).flatMap((item) => {
    const [, tables, identity, index] = ITEM.exec(item) ?? [];
    return tables === undefined || identity === undefined
      ? []
      : [{ matches: patternList(tables), identity: index ?? identity.toUpperCase() }];
  });
