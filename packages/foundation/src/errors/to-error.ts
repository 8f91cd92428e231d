/** True for errors of whatever realm: worker threads and jest have their own `Error`, so `instanceof` would miss them. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { message?: unknown }).message === 'string' &&
  typeof (value as { name?: unknown }).name === 'string';

/** Anything caught, as an Error: the value itself where it is one, otherwise wrapped with its text. */
export const toError = (value: unknown): Error => {
  if (isErrorLike(value)) return value;
  return new Error(typeof value === 'string' ? value : `Thrown value is not an error: ${describe(value)}`, { cause: value });
};

const describe = (value: unknown): string => {
  try {
    return typeof value === 'function' ? String(value) : JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
};

/** The `code` that Node.js and most drivers put on their errors (`ECONNREFUSED`, `28P01`), if there is one. */
export const systemCode = (value: unknown): string | undefined => {
  const code = (value as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};
