/** A run of one letter, or the text between such runs. */
export interface Token {
  readonly text: string;
  readonly letter: string | undefined;
}

const TOKEN = /'((?:[^']|'')*)'|([A-Za-z])\2*/g;

/** Week-based letters (Y, w, W, F) depend on a locale's first day of the week and are refused. */
export const PATTERN_LETTERS = 'GyMLdDEuaHkKhmsSzZX';

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export const tokensOf = (pattern: string): readonly Token[] => {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const [token, quoted, letter] = match;
    if (match.index > end) tokens.push({ text: pattern.slice(end, match.index), letter: undefined });
    tokens.push(letter === undefined ? { text: literalOf(quoted), letter } : { text: token, letter });
    end = match.index + token.length;
  }
  if (end < pattern.length) tokens.push({ text: pattern.slice(end), letter: undefined });
  return tokens;
};

/** `''` is one quote, inside quotes as well. */
const literalOf = (quoted: string | undefined): string => (quoted === undefined || quoted === '' ? "'" : quoted.replaceAll("''", "'"));

/** What is wrong with a pattern; undefined when nothing is. For validation of settings. */
export const patternLetterProblem = (pattern: string): string | undefined => {
  const unknown = tokensOf(pattern).find(({ letter }) => letter !== undefined && !PATTERN_LETTERS.includes(letter));
  return unknown === undefined ? undefined : `Letter ${unknown.letter ?? ''} of a date pattern is not supported`;
};
