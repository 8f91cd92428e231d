/**
 * Debezium's lists of regular expressions: separated by commas (`\,` is a literal one), anchored, without regard to case.
 * Java's and JavaScript's expressions agree on what such lists contain in practice.
 */
export type Matcher = (text: string) => boolean;

const items = (list: string): readonly string[] =>
  list
    .split(/(?<!\\),/)
    .map((item) => item.trim().replaceAll('\\,', ','))
    .filter((item) => item !== '');

/** True for a text that matches one expression as a whole. Throws SyntaxError on a broken expression. */
export const patternList = (list: string): Matcher => {
  const patterns = items(list).map((item) => new RegExp(`^(?:${item})$`, 'i'));
  return (text) => patterns.some((pattern) => pattern.test(text));
};

/** Validator of a config key: why the list cannot be used, or undefined. */
export const checkPatternList = (list: string): string | undefined => {
  for (const item of items(list)) {
    try {
      new RegExp(`^(?:${item})$`, 'i');
    } catch {
      return `"${item}" is not a valid regular expression`;
    }
  }
  return undefined;
};

/** Included when `include` matches, or when `exclude` does not; both null: always. */
export const includeExclude = (include: string | null, exclude: string | null): Matcher => {
  if (include !== null && include.trim() !== '') return patternList(include);
  if (exclude !== null && exclude.trim() !== '') {
    const isExcluded = patternList(exclude);
    return (text) => !isExcluded(text);
  }
  return () => true;
};
