import { RecordError } from '@headrace/foundation';
import { BYTES_PER_CHARACTER } from '../dialect/byte-writing.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { RowBatch } from '../dialect/row-statements.ts';
import type { SqlSession, SqlStatement } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import type { TargetTable } from '../table/table.ts';
import type { Operation } from './batch.ts';

/** Punctuation around a value. */
const VALUE_OVERHEAD = 3;
/** Of a number or a null, in whatever form they travel. */
const NUMBER_CHARACTERS = 24;

const sizeOf = (row: RowBatch['rows'][number]): number => {
  let size = 0;
  for (const value of row) size += VALUE_OVERHEAD + (typeof value === 'string' ? value.length : NUMBER_CHARACTERS);
  return size;
};

/** The rows in portions that the server takes as one statement; a row larger than that alone. */
const portions = (batch: RowBatch, maxCharacters: number): RowBatch[] => {
  const result: RowBatch[] = [];
  let rows: RowBatch['rows'][number][] = [];
  let size = 0;
  for (const row of batch.rows) {
    const rowSize = sizeOf(row);
    if (rows.length > 0 && size + rowSize > maxCharacters) {
      result.push({ ...batch, rows });
      rows = [];
      size = 0;
    }
    rows.push(row);
    size += rowSize;
  }
  result.push({ ...batch, rows });
  return result;
};

/** What rows as rows are for. */
type RowOperation = Exclude<Operation, { kind: 'truncate' | 'columns' }>;

const statementsOf = (dialect: Dialect, operation: RowOperation, batch: RowBatch): readonly SqlStatement[] => {
  switch (operation.kind) {
    case 'insert':
      return [dialect.rows.insert(batch)];
    case 'upsert':
      return [dialect.rows.upsert(batch)];
    case 'delete':
      return [dialect.rows.delete(batch)];
    case 'fill':
    case 'change':
      return batch.columns.length === batch.keyCount ? [] : dialect.rows.update(batch);
  }
};

/** Runs one operation in the open transaction. Rejects with the driver's error, or RecordError where a row cannot be right. */
export const runOperation = async (dialect: Dialect, session: SqlSession, operation: Operation, signal: AbortSignal): Promise<void> => {
  if (operation.kind === 'truncate') {
    await session.query(dialect.rows.truncate(operation.table), signal);
    return;
  }
  if (operation.kind === 'columns') {
    for (const statement of operation.statements(session.maxStatementBytes)) {
      checkSize(session, operation.table, statement);
      await session.query(statement, signal);
    }
    return;
  }
  for (const portion of portions(operation.batch, session.maxStatementBytes / BYTES_PER_CHARACTER)) {
    let count = 0;
    const statements = statementsOf(dialect, operation, portion);
    for (const statement of statements) {
      checkSize(session, portion.table, statement);
      count += (await session.query(statement, signal)).count;
    }
    if (operation.kind === 'fill' && statements.length > 0 && count < portion.rows.length) throw missingRow(portion);
  }
};

/** A server that gets more than it takes closes the connection, which would look like an outage. */
const checkSize = (session: SqlSession, table: TargetTable, { text }: SqlStatement): void => {
  if (text.length * BYTES_PER_CHARACTER <= session.maxStatementBytes) return;
  const bytes = Buffer.byteLength(text);
  if (bytes < session.maxStatementBytes) return;
  throw new RecordError(
    errors.row_refused.code,
    `A row for table "${table.id.name}" has ${String(bytes)} bytes, and the server takes ${String(session.maxStatementBytes)}. Raise max_allowed_packet.`,
  );
};

const missingRow = ({ table }: RowBatch): RecordError =>
  new RecordError(
    errors.row_refused.code,
    `Table "${table.id.name}" lacks a row that an update changes, and the source did not send all of its columns ` +
      '(unchanged large values). Take a new snapshot of the table, or set REPLICA IDENTITY FULL at the source.',
  );
