/** Java's SimpleDateFormat as far as it is digits and quoted text, in UTC. */

const TOKEN = /'([^']*)'|([A-Za-z])\2*/g;
const LETTERS = 'yMdHmsS';

/** A letter of the pattern that is not supported; undefined when all are. */
export const unknownLetter = (format: string): string | undefined =>
  [...format.matchAll(TOKEN)].map(([, , letter]) => letter).find((letter) => letter !== undefined && !LETTERS.includes(letter));

export const formatUtc = (format: string, milliseconds: number): string => {
  const date = new Date(milliseconds);
  const parts: Readonly<Record<string, number>> = {
    y: date.getUTCFullYear(),
    M: date.getUTCMonth() + 1,
    d: date.getUTCDate(),
    H: date.getUTCHours(),
    m: date.getUTCMinutes(),
    s: date.getUTCSeconds(),
    S: date.getUTCMilliseconds(),
  };
  return format.replace(TOKEN, (token, quoted: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return literalOf(quoted);
    const text = String(parts[letter] ?? '').padStart(token.length, '0');
    return letter === 'y' && token.length === 2 ? text.slice(-2) : text;
  });
};

/** Milliseconds of a text in that format; undefined when it is not. */
export const parseUtc = (format: string, text: string): number | undefined => {
  const letters: string[] = [];
  const pattern = splitTokens(format)
    .map((token) => {
      if (token.letter === undefined) return token.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      letters.push(token.letter);
      // Digits run together need their width (`yyyyMMdd`); a pattern of one letter takes what there is.
      return token.text.length === 1 ? '(\\d+)' : `(\\d{${String(token.text.length)}})`;
    })
    .join('');
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (match === null || letters.length === 0) return undefined;
  const of = (letter: string, otherwise: number): number => Number(match[letters.indexOf(letter) + 1 || Number.NaN] ?? otherwise);
  const ms = Date.UTC(of('y', 1970), of('M', 1) - 1, of('d', 1), of('H', 0), of('m', 0), of('s', 0), of('S', 0));
  return Number.isNaN(ms) ? undefined : ms;
};

interface Token {
  readonly text: string;
  readonly letter: string | undefined;
}

const splitTokens = (format: string): readonly Token[] => {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of format.matchAll(TOKEN)) {
    const [token, quoted, letter] = match;
    if (match.index > end) tokens.push({ text: format.slice(end, match.index), letter: undefined });
    tokens.push(letter === undefined ? { text: literalOf(quoted), letter } : { text: token, letter });
    end = match.index + token.length;
  }
  if (end < format.length) tokens.push({ text: format.slice(end), letter: undefined });
  return tokens;
};

/** `''` is one quote. */
const literalOf = (quoted: string | undefined): string => (quoted === undefined || quoted === '' ? "'" : quoted);
