/** Source text of numbers, which Node has and the type library does not describe yet. */
interface ExactJson {
  parse(text: string, reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const exact = JSON as unknown as ExactJson;

/** Offsets may exceed what a double holds: such integers keep their digits when they are printed as JSON again. */
export const parseExact = (text: string): unknown =>
  exact.parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? exact.rawJSON(source) : value,
  );
