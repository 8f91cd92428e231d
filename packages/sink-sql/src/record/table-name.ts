/** What a record's table is called: at most schema and name, both exact. */
export interface NameParts {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface TableName {
  /** Why the format is unusable. */
  readonly problem: string | undefined;
  /** Fields of the source block that the name needs. */
  readonly sourceFields: readonly string[];
  /** `source` gives the value of a source field; undefined when one is missing. */
  resolve(topic: string, source: (field: string) => unknown): NameParts | undefined;
}

type Piece = { readonly text: string } | { readonly topic: true } | { readonly source: string };

const PIECE = /\$\{([^}]*)\}|([^$]+|\$)/g;

const pieceOf = (placeholder: string): Piece | undefined => {
  if (placeholder === 'topic') return { topic: true };
  return placeholder.startsWith('source.') ? { source: placeholder.slice('source.'.length) } : undefined;
};

const unknownPlaceholder = (name: string): string => `the placeholder \${${name}} is not known; there are \${topic} and \${source.<field>}`;

/** Text of the format itself: its dots begin a new part, dots in a value never do. */
const addText = (parts: Piece[][], text: string): void => {
  const [first = '', ...rest] = text.split('.');
  if (first !== '') parts.at(-1)?.push({ text: first });
  for (const part of rest) parts.push(part === '' ? [] : [{ text: part }]);
};

const splitParts = (format: string): readonly (readonly Piece[])[] | string => {
  const parts: Piece[][] = [[]];
  for (const [, placeholder, text = ''] of format.matchAll(PIECE)) {
    const piece = placeholder === undefined ? undefined : pieceOf(placeholder);
    if (piece !== undefined) parts.at(-1)?.push(piece);
    else if (placeholder !== undefined) return unknownPlaceholder(placeholder);
    else addText(parts, text);
  }
  if (parts.some((part) => part.length === 0)) return 'a part of the name is empty';
  return parts.length > 2 ? 'it may have two parts at most, schema and table' : parts;
};

/** Compiles `collection.name.format`. `keepsDots`: the topic is taken as it is (pass-through naming). */
export const compileTableName = (format: string, keepsDots: boolean): TableName => {
  const parts = splitParts(format);
  if (typeof parts === 'string') return { problem: parts, sourceFields: [], resolve: () => undefined };
  const valueOf = (piece: Piece, topic: string, source: (field: string) => unknown): unknown => {
    if ('text' in piece) return piece.text;
    if ('source' in piece) return source(piece.source);
    return keepsDots ? topic : topic.replaceAll('.', '_');
  };
  const write = (pieces: readonly Piece[], topic: string, source: (field: string) => unknown): string | undefined => {
    let name = '';
    for (const piece of pieces) {
      const value = valueOf(piece, topic, source);
      if (typeof value !== 'string' || value === '') return undefined;
      name += value;
    }
    return name;
  };
  return {
    problem: undefined,
    sourceFields: parts.flat().flatMap((piece) => ('source' in piece ? [piece.source] : [])),
    resolve: (topic, source) => {
      const names = parts.map((part) => write(part, topic, source));
      const name = names.at(-1);
      const schema = names.length === 2 ? names[0] : undefined;
      return name === undefined || (names.length === 2 && schema === undefined) ? undefined : { schema, name };
    },
  };
};
