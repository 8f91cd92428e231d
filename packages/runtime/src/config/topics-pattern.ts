/**
 * `topics.regex` is a Java regular expression. Most of them mean the same in JavaScript; leading flags such as `(?i)` are
 * translated. The whole topic name has to match. undefined: not a regular expression that we can run.
 */
export const topicsPattern = (text: string): RegExp | undefined => {
  const inline = /^\(\?([ims]+)\)/.exec(text);
  const body = inline === null ? text : text.slice(inline[0].length);
  try {
    return new RegExp(`^(?:${body})$`, `u${inline?.[1] ?? ''}`);
  } catch {
    return legacyPattern(body, inline?.[1] ?? '');
  }
};

/** Java allows needless escapes (`\_`), which JavaScript does only without the flag `u`. */
const legacyPattern = (body: string, flags: string): RegExp | undefined => {
  try {
    return new RegExp(`^(?:${body})$`, flags);
  } catch {
    return undefined;
  }
};

export const isTopicsPattern = (text: string): boolean => topicsPattern(text) !== undefined;
