/**
 * The words of a statement, comments left out. What stands in `/*! ... *\/` and `/*M! ... *\/` is SQL for the servers, and for us.
 */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'symbol';
  /** Words as they are written; names and texts without their quotes. */
  readonly text: string;
}

const PATTERN = new RegExp(
  [
    String.raw`(?<skip>\s+|--(?=\s|$)[^\n]*|#[^\n]*|/\*(?![!M])[\s\S]*?\*/|/\*M?!\d*|\*/)`,
    '`(?<name>(?:[^`]|``)+)`',
    String.raw`(?<text>'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*")`,
    String.raw`(?<word>[\p{L}\p{N}_$@.]*[\p{L}\p{N}_$@]|[\p{L}\p{N}_$@]+)`,
    String.raw`(?<symbol>[\s\S])`,
  ].join('|'),
  'gu',
);

/** Dots join names, so a word holds none unless it is a number. */
const NUMBER = /^\d*\.?\d+$/;

export const tokensOf = (sql: string): readonly Token[] =>
  [...sql.matchAll(PATTERN)].flatMap(({ groups = {} }): Token[] => {
    const { name, text, word, symbol } = groups;
    if (name !== undefined) return [{ kind: 'name', text: name.replaceAll('``', '`') }];
    if (text !== undefined) return [{ kind: 'text', text: unquoted(text) }];
    if (word !== undefined) return NUMBER.test(word) ? [{ kind: 'word', text: word }] : dotted(word);
    return symbol === undefined ? [] : [{ kind: 'symbol', text: symbol }];
  });

const unquoted = (text: string): string => {
  const quote = text.charAt(0);
  return text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replaceAll(/\\(.)/gsu, '$1');
};

const dotted = (word: string): Token[] =>
  word
    .split(/(\.)/u)
    .filter((part) => part !== '')
    .map((part) => ({ kind: part === '.' ? 'symbol' : 'word', text: part }));

/** Reads tokens from left to right. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(sql: string) {
    this.#tokens = tokensOf(sql);
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  /** Takes the words if they all come next. */
  take(...words: readonly string[]): boolean {
    const isNext = words.every((word, index) => this.#is(this.#next + index, word));
    if (isNext) this.#next += words.length;
    return isNext;
  }

  /** Takes the first of the words that comes next, if any does. */
  takeAny(...words: readonly string[]): boolean {
    return words.some((word) => this.take(word));
  }

  /** Takes whatever comes. */
  skip(): void {
    this.#next += 1;
  }

  /** Takes an identifier, quoted or not. */
  name(): string | undefined {
    const token = this.#tokens[this.#next];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name' && token.kind !== 'text')) return undefined;
    this.#next += 1;
    return token.text;
  }

  #is(index: number, word: string): boolean {
    const token = this.#tokens[index];
    return token !== undefined && (token.kind === 'word' || token.kind === 'symbol') && token.text.toUpperCase() === word;
  }
}
