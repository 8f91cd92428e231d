/**
 * The words of a statement, comments left out. What stands in `/*! ... *\/` and `/*M! ... *\/` is SQL for the servers, and for us.
 */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'symbol';
  /** Words as they are written; names and texts without their quotes. */
  readonly text: string;
  /** Where it stands in the statement. */
  readonly start: number;
  readonly end: number;
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
  [...sql.matchAll(PATTERN)].flatMap(({ 0: whole, index: start, groups = {} }): Token[] => {
    const { name, text, word, symbol } = groups;
    const place = { start, end: start + whole.length };
    if (name !== undefined) return [{ kind: 'name', text: name.replaceAll('``', '`'), ...place }];
    if (text !== undefined) return [{ kind: 'text', text: unquoted(text), ...place }];
    if (word !== undefined) return NUMBER.test(word) ? [{ kind: 'word', text: word, ...place }] : dotted(word, start);
    return symbol === undefined ? [] : [{ kind: 'symbol', text: symbol, ...place }];
  });

const unquoted = (text: string): string => {
  const quote = text.charAt(0);
  return text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replaceAll(/\\(.)/gsu, '$1');
};

const dotted = (word: string, start: number): Token[] =>
  [...word.matchAll(/\.|[^.]+/gu)].map(({ 0: part, index }) => ({
    kind: part === '.' ? 'symbol' : 'word',
    text: part,
    start: start + index,
    end: start + index + part.length,
  }));

/** Reads tokens from left to right. */
export class TokenReader {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = tokensOf(sql);
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  /** How many tokens are taken. */
  get taken(): number {
    return this.#next;
  }

  /** The statement's own words, from the token that came when so many were taken. */
  wordsSince(taken: number): string {
    return this.#sql.slice(this.#tokens[taken]?.start, this.#tokens[this.#next - 1]?.end);
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
