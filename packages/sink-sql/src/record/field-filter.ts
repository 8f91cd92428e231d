/** Says whether a field of a topic is to be written. */
export type FieldFilter = (topic: string, field: string) => boolean;

/** Patterns match the whole of `field` or of `topic:field`, without regard to case. */
export const fieldPatterns = (texts: readonly string[]): { readonly patterns: readonly RegExp[]; readonly problem: string | undefined } => {
  const patterns: RegExp[] = [];
  for (const text of texts) {
    try {
      patterns.push(new RegExp(`^(?:${text})$`, 'i'));
    } catch {
      return { patterns, problem: `"${text}" is not a regular expression` };
    }
  }
  return { patterns, problem: undefined };
};

export const compileFieldFilter = (include: readonly string[], exclude: readonly string[]): FieldFilter => {
  const included = fieldPatterns(include).patterns;
  const excluded = fieldPatterns(exclude).patterns;
  const matches = (patterns: readonly RegExp[], topic: string, field: string): boolean =>
    patterns.some((pattern) => pattern.test(field) || pattern.test(`${topic}:${field}`));
  return (topic, field) => (included.length === 0 || matches(included, topic, field)) && !matches(excluded, topic, field);
};
