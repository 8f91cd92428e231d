import type { Database, TextRow } from './databases.ts';

/** How a column is read on either product so that equal values give equal text. */
export type Kind = 'integer' | 'text' | 'decimal' | 'boolean' | 'timestamp' | 'instant' | 'date' | 'time' | 'json' | 'bytes' | 'double';

export interface ComparedColumn {
  readonly name: string;
  readonly kind: Kind;
}

export interface ComparedTable {
  /** With its schema or database, quoted as needed. */
  readonly source: string;
  readonly target: string;
  readonly columns: readonly ComparedColumn[];
  readonly key: readonly string[];
}

export interface Difference {
  readonly table: string;
  readonly key: string;
  readonly what: string;
}

export interface Comparison {
  readonly rows: number;
  readonly differences: readonly Difference[];
}

const expressions: Readonly<Record<Database['kind'], Readonly<Record<Kind, (column: string) => string>>>> = {
  postgres: {
    integer: (c) => `${c}::text`,
    text: (c) => `${c}::text`,
    decimal: (c) => `${c}::text`,
    boolean: (c) => `${c}::int::text`,
    timestamp: (c) => `to_char(${c}, 'YYYY-MM-DD HH24:MI:SS.US')`,
    instant: (c) => `to_char(${c} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    date: (c) => `to_char(${c}, 'YYYY-MM-DD')`,
    time: (c) => `to_char(${c}, 'HH24:MI:SS.US')`,
    json: (c) => `${c}::text`,
    bytes: (c) => `encode(${c}, 'hex')`,
    double: (c) => `${c}::text`,
  },
  mariadb: {
    integer: (c) => `CAST(${c} AS CHAR)`,
    text: (c) => `CAST(${c} AS CHAR)`,
    decimal: (c) => `CAST(${c} AS CHAR)`,
    boolean: (c) => `CAST(${c} + 0 AS CHAR)`,
    timestamp: (c) => `DATE_FORMAT(${c}, '%Y-%m-%d %H:%i:%s.%f')`,
    instant: (c) => `DATE_FORMAT(${c}, '%Y-%m-%d %H:%i:%s.%f')`,
    date: (c) => `DATE_FORMAT(${c}, '%Y-%m-%d')`,
    time: (c) => `TIME_FORMAT(${c}, '%H:%i:%s.%f')`,
    json: (c) => `CAST(${c} AS CHAR)`,
    bytes: (c) => `LOWER(HEX(${c}))`,
    double: (c) => `CAST(${c} AS CHAR)`,
  },
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
};

/** What a product prints in its own way and still means the same. */
const normalise = (kind: Kind, text: string | null): string | null => {
  if (text === null) return null;
  if (kind === 'json') return JSON.stringify(sorted(JSON.parse(text)));
  return kind === 'double' ? String(Number(text)) : text;
};

const quote = (kind: Database['kind'], name: string): string => (kind === 'postgres' ? `"${name}"` : `\`${name}\``);

const readTable = async (database: Database, table: string, { columns, key }: ComparedTable): Promise<ReadonlyMap<string, TextRow>> => {
  const list = columns.map(
    ({ name, kind }) => `${expressions[database.kind][kind](quote(database.kind, name))} AS ${quote(database.kind, name)}`,
  );
  const rows = await database.rows(`SELECT ${list.join(', ')} FROM ${table}`);
  return new Map(rows.map((row) => [key.map((name) => row[name] ?? 'NULL').join('/'), row]));
};

/** Every row of both sides, column by column: the oracle. Shares no code with the product. */
export const compareTable = async (source: Database, target: Database, table: ComparedTable): Promise<Comparison> => {
  const [left, right] = await Promise.all([readTable(source, table.source, table), readTable(target, table.target, table)]);
  const differences: Difference[] = [];
  for (const [key, row] of left) {
    const copy = right.get(key);
    if (copy === undefined) {
      differences.push({ table: table.source, key, what: 'missing in the target' });
      continue;
    }
    for (const { name, kind } of table.columns) {
      const [a, b] = [normalise(kind, row[name] ?? null), normalise(kind, copy[name] ?? null)];
      if (a !== b) differences.push({ table: table.source, key, what: `${name}: source ${String(a)}, target ${String(b)}` });
    }
  }
  for (const key of right.keys()) {
    if (!left.has(key)) differences.push({ table: table.source, key, what: 'not in the source' });
  }
  return { rows: left.size, differences };
};
