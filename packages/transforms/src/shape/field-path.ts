/**
 * Kafka Connect's V2 syntax of nested fields: `a.b`, `` a.`b.c` `` for a name with a dot, and a backslash before a backtick
 * that is part of the name. undefined when a backtick has no partner.
 */
export const parseFieldPath = (text: string): readonly string[] | undefined => {
  const names: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^`((?:[^`\\]|\\.|`(?!\.|$))*)`(?=\.|$)/.exec(rest);
    const match = quoted ?? /^[^.]*/.exec(rest);
    const name = (match?.[1] ?? match?.[0] ?? '').replaceAll('\\`', '`');
    if (quoted === null && rest.startsWith('`')) return undefined;
    names.push(name);
    rest = rest.slice(match?.[0].length ?? 0);
    if (rest === '') return names;
    rest = rest.slice(1);
  }
};
