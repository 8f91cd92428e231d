import { javaDouble, javaFloat } from '../java-number.ts';

/** JSON whose numbers lose nothing: 64-bit integers and long fractions stay exact in both directions. */

/** The text of a number that a double cannot hold. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Proposal "JSON.parse source text access": in V8 since 11.4, not yet in TypeScript's library. */
interface SourceTextJson {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
}

const withRaw = JSON as unknown as SourceTextJson;

/** A number printed as given. */
export const rawNumber = (text: string): unknown => withRaw.rawJSON(text);

/** Numbers of so many characters may not fit a double. */
const LONG_NUMBER = /[\d.]{16,}/;

/** Integers beyond 2^53 become bigint, longer fractions ExactNumber, everything else what JSON.parse gives. */
export const parseExact = (text: string): unknown => {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as unknown;
  return withRaw.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
    return source.length > 15 && String(value) !== source ? new ExactNumber(source) : value;
  });
};

/** A double or float as Jackson prints it: as Java does; NaN and infinities are texts. */
export const doubleJson = (value: number, isFloat: boolean): unknown => {
  if (!Number.isFinite(value)) return String(value);
  const text = isFloat ? javaFloat(value) : javaDouble(value);
  return text === String(value) ? value : rawNumber(text);
};
