import { parseDate } from './date-parse.ts';
import { dayNames, monthNames, tokensOf, type Token } from './date-pattern.ts';

/** Java's SimpleDateFormat in UTC and English. */
export class DateFormat {
  readonly #tokens: readonly Token[];

  /** The pattern has no unknown letter: `unknownLetter` says so. */
  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
  }

  format(milliseconds: number): string {
    const date = new Date(milliseconds);
    return this.#tokens.map((token) => (token.letter === undefined ? token.text : letterText(token, date))).join('');
  }

  /** Milliseconds of a text that starts as the pattern says, as lenient as Java: 30 February is 1 March. undefined when it does not. */
  parse(text: string): number | undefined {
    return parseDate(this.#tokens, text);
  }
}

const letterText = ({ letter = '', text }: Token, date: Date): string => {
  const width = text.length;
  const number = numbers[letter]?.(date);
  if (number === undefined) return texts[letter]?.(date, width) ?? '';
  if ((letter === 'M' || letter === 'L') && width >= 3) return shortened(monthNames[number - 1], width);
  const padded = String(number).padStart(width, '0');
  return letter === 'y' && width === 2 ? padded.slice(-2) : padded;
};

const shortened = (name: string | undefined, width: number): string => (width > 3 ? (name ?? '') : (name ?? '').slice(0, 3));

const hour12 = (date: Date): number => date.getUTCHours() % 12;

const numbers: Readonly<Record<string, (date: Date) => number>> = {
  y: (date) => (date.getUTCFullYear() > 0 ? date.getUTCFullYear() : 1 - date.getUTCFullYear()),
  M: (date) => date.getUTCMonth() + 1,
  L: (date) => date.getUTCMonth() + 1,
  d: (date) => date.getUTCDate(),
  D: (date) => (Math.floor(date.getTime() / DAY_MS) * DAY_MS - startOfYear(date)) / DAY_MS + 1,
  u: (date) => ((date.getUTCDay() + 6) % 7) + 1,
  H: (date) => date.getUTCHours(),
  k: (date) => date.getUTCHours() || 24,
  K: hour12,
  h: (date) => hour12(date) || 12,
  m: (date) => date.getUTCMinutes(),
  s: (date) => date.getUTCSeconds(),
  S: (date) => date.getUTCMilliseconds(),
};

const DAY_MS = 86_400_000;

const startOfYear = (date: Date): number => new Date(date).setUTCMonth(0, 1) - (((date.getTime() % DAY_MS) + DAY_MS) % DAY_MS);

const texts: Readonly<Record<string, (date: Date, width: number) => string>> = {
  a: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  E: (date, width) => shortened(dayNames[date.getUTCDay()], width),
  G: (date) => (date.getUTCFullYear() > 0 ? 'AD' : 'BC'),
  z: () => 'UTC',
  Z: () => '+0000',
  X: () => 'Z',
};
