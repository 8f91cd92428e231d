/** A Java regular expression, as far as JavaScript has the same. Throws SyntaxError with the engine's reason. */
export const javaPattern = (text: string): RegExp => {
  const flags = /^\(\?([ims]+)\)/.exec(text);
  const body = (flags === null ? text : text.slice(flags[0].length))
    .replace(/([*+?}])\+/g, '$1')
    .replaceAll('\\A', '^')
    .replace(/\\[zZ]/g, '$');
  const unicode = /\\[pP]\{/.test(body) ? 'u' : '';
  return new RegExp(body, `${flags?.[1] ?? ''}${unicode}`);
};

/** Like `Matcher.matches`: the whole text. */
export const matchesWhole = (pattern: RegExp): ((text: string) => boolean) => {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  return (text) => whole.test(text);
};

/** Java's replacement text in JavaScript's: `${name}` is `$<name>`, `\x` is x itself. */
export const javaReplacement = (text: string): string =>
  text.replace(/\\(.)|\$\{(\w+)\}|\$(?!\d)/g, (match, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return escaped === '$' ? '$$' : escaped;
    return name === undefined ? '$$' : `$<${name}>`;
  });

/** Why a text is no pattern; undefined when it is one. For validation of settings. */
export const patternProblem = (text: string): string | undefined => {
  try {
    javaPattern(text);
    return undefined;
  } catch {
    return 'Invalid regular expression';
  }
};
