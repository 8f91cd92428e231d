/**
 * What the text of a QUERY event means for us. No parser of SQL: it is enough to know whether a transaction starts or ends,
 * a table is emptied, or something else happened after which tables have to be looked up again.
 */
export type Statement =
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  /** Inside a transaction, without meaning for us (savepoints, the end of an XA branch). */
  | { readonly kind: 'inside' }
  | { readonly kind: 'truncate'; readonly database: string | undefined; readonly table: string }
  /** Changed rows logged as text. */
  | { readonly kind: 'rows' }
  | { readonly kind: 'other' };

const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?![!M])[\s\S]*?\*\/)*/;
const IDENTIFIER = /(?:`((?:[^`]|``)+)`|([^\s`.;()/]+))/y;

const statements = new Map<string, (sql: string) => Statement>([
  ['BEGIN', () => ({ kind: 'begin' })],
  ['COMMIT', () => ({ kind: 'commit' })],
  ['ROLLBACK', (sql) => ({ kind: /^rollback(\s+work)?\s+to\b/i.test(sql) ? 'inside' : 'commit' })],
  ['SAVEPOINT', () => ({ kind: 'inside' })],
  ['RELEASE', () => ({ kind: 'inside' })],
  ['XA', (sql) => xaStatement(sql)],
  ['TRUNCATE', (sql) => truncateStatement(sql)],
  ['INSERT', () => ({ kind: 'rows' })],
  ['UPDATE', () => ({ kind: 'rows' })],
  ['DELETE', () => ({ kind: 'rows' })],
  ['REPLACE', () => ({ kind: 'rows' })],
  ['LOAD', () => ({ kind: 'rows' })],
]);

export const readStatement = (text: string): Statement => {
  const sql = text.replace(LEADING, '');
  const read = statements.get((/^[a-z]+/i.exec(sql)?.[0] ?? '').toUpperCase());
  return read === undefined ? { kind: 'other' } : read(sql);
};

/** The branch's rows come between START and END; its PREPARE is an event of its own, COMMIT and ROLLBACK come alone. */
const xaStatement = (sql: string): Statement => {
  if (/^xa\s+(start|begin)\b/i.test(sql)) return { kind: 'begin' };
  return /^xa\s+end\b/i.test(sql) ? { kind: 'inside' } : { kind: 'commit' };
};

const truncateStatement = (sql: string): Statement => {
  let rest = sql.replace(/^truncate\s+(table\s+)?/i, '').replace(LEADING, '');
  const names: string[] = [];
  while (names.length < 2) {
    IDENTIFIER.lastIndex = 0;
    const match = IDENTIFIER.exec(rest);
    if (match === null) break;
    names.push(match[1]?.replaceAll('``', '`') ?? match[2] ?? '');
    rest = rest.slice(IDENTIFIER.lastIndex).trimStart();
    if (!rest.startsWith('.')) break;
    rest = rest.slice(1).trimStart();
  }
  const [first = '', second] = names;
  return second === undefined
    ? { kind: 'truncate', database: undefined, table: first }
    : { kind: 'truncate', database: first, table: second };
};
