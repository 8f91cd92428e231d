/** A wish of an operator, as Debezium's signals say it: `id`, `type` and `data` (JSON). */
export type Signal =
  | { readonly kind: 'log'; readonly id: string; readonly message: string }
  | ExecuteSnapshot
  /** `tables`: expressions; null: all. */
  | { readonly kind: 'stop'; readonly id: string; readonly tables: readonly string[] | null }
  | { readonly kind: 'pause'; readonly id: string }
  | { readonly kind: 'resume'; readonly id: string };

export interface ExecuteSnapshot {
  readonly kind: 'execute';
  readonly id: string;
  /** incremental: chunks while streaming goes on; blocking: streaming rests meanwhile. */
  readonly way: 'incremental' | 'blocking';
  /** Expressions, anchored. */
  readonly tables: readonly string[];
  /** A condition for some rows (incremental), or a whole statement (blocking), by table expression. */
  readonly conditions: readonly { readonly table: string; readonly filter: string }[];
  /** One column that orders the rows of a table without a usable key. */
  readonly surrogateKey: string | null;
}

interface SignalData {
  readonly message?: unknown;
  readonly type?: unknown;
  readonly 'data-collections'?: unknown;
  readonly 'additional-conditions'?: unknown;
  readonly 'additional-condition'?: unknown;
  readonly 'surrogate-key'?: unknown;
}

/** Reads a signal; a text that says why it cannot be carried out. `data`: JSON text or what it was parsed to. */
export const parseSignal = (id: string, type: string, data: unknown): Signal | string => {
  const map = dataOf(data);
  if (map === undefined) return 'its data is no JSON object';
  switch (type.trim()) {
    case 'log':
      return { kind: 'log', id, message: typeof map.message === 'string' ? map.message : '' };
    case 'execute-snapshot':
      return execute(id, map);
    case 'stop-snapshot':
      return { kind: 'stop', id, tables: isTextList(map['data-collections']) ? map['data-collections'] : null };
    case 'pause-snapshot':
      return { kind: 'pause', id };
    case 'resume-snapshot':
      return { kind: 'resume', id };
    default:
      return `type "${type}" is not known`;
  }
};

const execute = (id: string, map: SignalData): ExecuteSnapshot | string => {
  const tables = map['data-collections'];
  if (!isTextList(tables) || tables.length === 0) return 'data-collections names no table';
  const way = typeof map.type === 'string' ? map.type.toLowerCase() : 'incremental';
  if (way !== 'incremental' && way !== 'blocking') return `snapshot type "${way}" is not known`;
  for (const table of tables) if (!isExpression(table)) return `"${table}" is not a valid regular expression`;
  const key = map['surrogate-key'];
  return {
    kind: 'execute',
    id,
    way,
    tables,
    conditions: conditionsOf(map, tables),
    surrogateKey: typeof key === 'string' && key !== '' ? key : null,
  };
};

const conditionsOf = (map: SignalData, tables: readonly string[]): ExecuteSnapshot['conditions'] => {
  const older = map['additional-condition'];
  if (typeof older === 'string' && older.trim() !== '') return tables.map((table) => ({ table, filter: older }));
  const list = Array.isArray(map['additional-conditions']) ? (map['additional-conditions'] as readonly unknown[]) : [];
  return list.flatMap((item) => {
    const entry = item as { 'data-collection'?: unknown; filter?: unknown } | null;
    const table = entry?.['data-collection'];
    return typeof table === 'string' && typeof entry?.filter === 'string' ? [{ table, filter: entry.filter }] : [];
  });
};

const dataOf = (data: unknown): SignalData | undefined => {
  if (data === null || data === undefined || data === '') return {};
  try {
    const value: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

const isExpression = (text: string): boolean => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
};

/** One expression of a signal, anchored, without regard to case; `schema.table` also means itself. */
export const namesTable = (expression: string, path: string): boolean =>
  expression.toLowerCase() === path.toLowerCase() || new RegExp(`^(?:${expression})$`, 'i').test(path);
