/** What a consumer of all events in order would hold, and whether it ever saw a key go backwards. */
import type { SourceRecord, Struct } from '@headrace/connector-api';
import type { TestDatabase } from './harness.ts';

interface Seen {
  readonly version: number;
  readonly isDeleted: boolean;
}

/** Tables of the workload have the columns `id`, `part` and `version`; the version grows with each write of a row. */
export class Oracle {
  readonly #rows = new Map<string, Record<string, unknown>>();
  readonly #seen = new Map<string, Seen>();
  readonly violations: string[] = [];
  readonly operations = new Map<string, number>();

  apply(records: readonly SourceRecord[]): void {
    for (const record of records) if (record.value !== null) this.#apply(record);
  }

  #apply(record: SourceRecord): void {
    const value = record.value as Struct;
    const operation = String(value.get('op'));
    const key = `${record.topic} ${JSON.stringify((record.key as Struct).toObject())}`;
    const row = ((value.get('after') ?? value.get('before')) as Struct).toObject();
    const isDeleted = operation === 'd';
    this.operations.set(operation, (this.operations.get(operation) ?? 0) + 1);
    const last = this.#seen.get(key);
    // A delete tells no version of its own: the replica identity holds only the key.
    const version = isDeleted ? (last?.version ?? 0) : Number(row['version']);
    const violation = last === undefined ? undefined : violationOf(operation, version, last);
    if (violation !== undefined) this.violations.push(`${key}: ${violation}`);
    this.#seen.set(key, { version, isDeleted });
    if (isDeleted) this.#rows.delete(key);
    else this.#rows.set(key, row);
  }

  /** Rows of one topic, as text sorted. */
  rows(topic: string): readonly string[] {
    return [...this.#rows]
      .filter(([key]) => key.startsWith(`${topic} `))
      .map(([, row]) => rowText(row))
      .sort();
  }
}

/** A key never seen may be deleted or updated: its row was still to be read by an interrupted snapshot. */
const violationOf = (operation: string, version: number, last: Seen): string | undefined => {
  if (operation === 'd') return last.isDeleted ? 'second delete' : undefined;
  if (operation === 'c' && !last.isDeleted) return 'create of a row that is there';
  if (version < last.version || (last.isDeleted && version === last.version)) {
    return `${operation} of version ${String(version)} after ${String(last.version)}${last.isDeleted ? ' (deleted)' : ''}`;
  }
  return undefined;
};

export const rowText = (row: Record<string, unknown>): string =>
  `${String(row['part'])}/${String(row['id'])} v${String(row['version'])} ${String(row['note'])}`;

export const tableRows = async (db: TestDatabase, table: string): Promise<readonly string[]> =>
  (await db.sql(`SELECT * FROM ${table}`)).map(rowText).sort();
