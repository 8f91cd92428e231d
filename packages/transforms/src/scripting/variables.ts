/** What an expression can name. */
export type Variables = Readonly<Record<(typeof variableNames)[number], unknown>>;

export const variableNames = ['key', 'keySchema', 'value', 'valueSchema', 'topic', 'header'] as const;
