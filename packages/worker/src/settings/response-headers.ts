import type { RestSecurity } from '@headrace/rest-api';

type ResponseHeader = NonNullable<RestSecurity['headers']>[number];

/** `set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store"`: entries with a comma are quoted. */
export const parseResponseHeaders = (text: string): { readonly headers: readonly ResponseHeader[]; readonly wrong: readonly string[] } => {
  const headers: ResponseHeader[] = [];
  const wrong: string[] = [];
  for (const entry of entriesOf(text)) {
    const header = headerOf(entry);
    if (header === undefined) wrong.push(entry);
    else headers.push(header);
  }
  return { headers, wrong };
};

const entriesOf = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]*)"|[^,"]+/g)].map(([whole, quoted]) => (quoted ?? whole).trim()).filter((entry) => entry !== '');

const headerOf = (entry: string): ResponseHeader | undefined => {
  const [, verb = '', date, name = '', value = ''] = /^(set|add)(Date)?\s+([!#$%&'*+.^`|~\w-]+)\s*:\s*(.*)$/.exec(entry) ?? [];
  if (verb !== 'set' && verb !== 'add') return undefined;
  if (date === undefined) return { action: verb, name, value };
  return /^-?\d+$/.test(value) ? { action: verb, name, value: Number(value) } : undefined;
};
