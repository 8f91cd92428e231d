import type { JsonValue } from '@headrace/connector-api';

/**
 * What the language has (Node 22 and later) and its type library not yet: the source text of a number while parsing, and
 * text that is written as it is. Offsets are 64 bits wide; a double would round them.
 */
interface ExactJson {
  parse(text: string, reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const exact = JSON as unknown as ExactJson;

/** `exact`: integers beyond 2^53 become bigint. `text`: every number becomes the text it was written as (`1.0` stays so). */
export type NumberForm = 'exact' | 'text';

/** Throws SyntaxError, or RangeError when nested too deep. */
export const parseJson = (text: string, numbers: NumberForm): unknown =>
  exact.parse(text, (_key, value, { source = '' }) => {
    if (typeof value !== 'number') return value;
    if (numbers === 'text') return source;
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : BigInt(source);
  });

/** JSON in which a bigint is a number like any other. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? exact.rawJSON(String(item)) : item));

/** The same text for equal values, whatever the order of their keys. */
export const canonicalText = (value: JsonValue): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return exact.rawJSON(String(item));
    const isMap = typeof item === 'object' && item !== null && !Array.isArray(item) && !('rawJSON' in item);
    return isMap ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1))) : item;
  });
