/** A Java regular expression, as far as JavaScript has the same. Throws SyntaxError with the engine's reason. */
export const javaPattern = (text: string): RegExp => {
  const flags = /^\(\?([ims]+)\)/.exec(text);
  const body = (flags === null ? text : text.slice(flags[0].length))
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_match, literal: string) => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .replace(/([*+?}])\+/g, '$1')
    .replaceAll('\\A', '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\[([^[\]]+)&&\[\^([^[\]]+)\]\]/g, '[[$1]--[$2]]')
    .replace(/\\p\{(Lower|Upper|Alpha|Digit|Alnum|Space|Punct)\}/g, (_match, name: string) => posix[name] ?? '');
  const isSetNotation = body.includes(']--[');
  const unicode = isSetNotation ? 'v' : /\\[pP]\{/.test(body) ? 'u' : '';
  return new RegExp(body, `${flags?.[1] ?? ''}${unicode}`);
};

/** POSIX classes of Java (ASCII only), as sets that stand alone or inside brackets of no other kind. */
const posix: Readonly<Record<string, string>> = {
  Lower: '[a-z]',
  Upper: '[A-Z]',
  Alpha: '[a-zA-Z]',
  Digit: '[0-9]',
  Alnum: '[a-zA-Z0-9]',
  Space: '\\s',
  Punct: '[!-\\/:-@\\[-`{-~]',
};

/** Like `Matcher.matches`: the whole text. */
export const matchesWhole = (pattern: RegExp): ((text: string) => boolean) => {
  const whole = wholePattern(pattern);
  return (text) => whole.test(text);
};

export const wholePattern = (pattern: RegExp): RegExp => new RegExp(`^(?:${pattern.source})$`, pattern.flags);

/** Java's replacement text in JavaScript's: `${name}` is `$<name>`, `$0` the match, `\x` is x itself. */
export const javaReplacement = (text: string): string =>
  text.replace(/\\(.)|\$\{(\w+)\}|\$(?!\d)|\$0/g, (match, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return escaped === '$' ? '$$' : escaped;
    if (match === '$0') return '$&';
    return name === undefined ? '$$' : `$<${name}>`;
  });

/** A group that the replacement names and the pattern does not have; undefined when there is none. */
export const unknownGroup = (pattern: RegExp, replacement: string): string | undefined => {
  const count = (new RegExp(`${pattern.source}|`, pattern.flags).exec('')?.length ?? 1) - 1;
  const referred = [...replacement.replace(/\\./g, '').matchAll(/\$(\d)/g)].map(([, digit = '']) => digit);
  return referred.find((digit) => Number(digit) > count);
};

/** Why a text is no pattern; undefined when it is one. For validation of settings. */
export const patternProblem = (text: string): string | undefined => {
  try {
    javaPattern(text);
    return undefined;
  } catch {
    return 'Invalid regular expression';
  }
};
