import type {
  EncodedRecord,
  FieldReading,
  FieldTarget,
  ReadFields,
  RecordReading,
  Schema,
  StructSchema,
  StructTarget,
} from '@headrace/connector-api';
import type { KnownRecords } from '../record/change-reader.ts';
import type { RecordForm } from '../record/record-form.ts';
import type { Cell } from '../record/row-encoder.ts';
import type { LogicalKind } from '../types/logical-type.ts';
import { AvailableTarget, OpTarget, RequiredTarget } from './field-targets.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';
import type { RowColumns } from './row-columns.ts';
import type { TableColumns } from './table-columns.ts';

/** Kinds of which one value always has the same bytes, so that keys are told apart by theirs. */
const canonicalKinds = new Set<LogicalKind>(['integer', 'string', 'boolean', 'date', 'time', 'timestamp', 'year', 'enum', 'uuid']);

export interface PlanParts {
  readonly known: KnownRecords;
  readonly keySchema: Schema | null;
  readonly valueSchema: Schema | null;
  readonly reading: RecordReading;
  readonly table: TableColumns;
  readonly placeholder: string;
  readonly appliesDeletes: boolean;
  /** Columns for rows as the writer has them. */
  readonly rows: RowColumns | undefined;
}

/** From the bytes of a key into columns. */
interface KeyedColumns {
  readonly columns: RowColumns;
  /** undefined: rows have no key. */
  readonly readKey: ReadFields | undefined;
}

export const hasKey = ({ keyStart, keyEnd }: EncodedRecord): boolean => keyEnd >= keyStart;

/** Left out: a tombstone. */
export const hasValue = ({ valueStart, valueEnd }: EncodedRecord): boolean => valueEnd >= valueStart;

/** Records of one topic with one pair of schemas: their bytes go straight into the columns of their table. */
export class RecordPlan {
  readonly #form: RecordForm;
  readonly table: TableColumns;
  readonly #appliesDeletes: boolean;
  readonly #op = new OpTarget();
  readonly #readValue: ReadFields | undefined;
  readonly #writes: KeyedColumns | undefined;
  readonly #deletes: KeyedColumns | undefined;
  #hasRow = false;

  /** NotColumnar for records that must be objects. */
  constructor(parts: PlanParts) {
    const { known, rows, table, keySchema } = parts;
    this.#form = known.form;
    this.table = table;
    this.#appliesDeletes = parts.appliesDeletes;
    if (known.form.kind === 'ignored' || known.form.deletedIndex >= 0) throw new NotColumnar('Records are no plain rows.');
    const { writer, deleter } = known;
    this.#writes = writer === undefined || rows === undefined ? undefined : keyedColumns(parts, rows, writer.cells);
    this.#deletes =
      deleter === undefined || keySchema === null
        ? undefined
        : keyedColumns(parts, table.deletesOf(keySchema, deleter.shape), deleter.cells);
    this.#readValue = rows === undefined ? undefined : this.#valueReader(parts, rows);
  }

  /** NotColumnar, or a RecordError of bytes that are not what they should be: the batch is to be given up. */
  add(record: EncodedRecord): void {
    const isTombstone = !hasValue(record);
    if (!isTombstone) {
      if (this.#readValue === undefined) throw new NotColumnar('No such row was written yet.');
      this.#hasRow = true;
      this.#readValue(record.bytes, record.valueStart, record.valueEnd);
    }
    if (isTombstone || (this.#form.kind === 'envelope' && this.#op.isDelete)) this.#delete(record);
    else this.#write(record);
  }

  #write(record: EncodedRecord): void {
    const isWrite = this.#form.kind !== 'envelope' || this.#op.isWrite;
    if (!isWrite || !this.#hasRow || this.#writes === undefined) throw new NotColumnar('It writes no row.');
    const { columns, readKey } = this.#writes;
    if (readKey === undefined) {
      this.table.endRow(columns, undefined);
      return;
    }
    if (!hasKey(record)) throw new NotColumnar('It has no key.');
    readKey(record.bytes, record.keyStart, record.keyEnd);
    this.table.endRow(columns, keyText(record));
  }

  #delete(record: EncodedRecord): void {
    if (!this.#appliesDeletes) return;
    if (!hasKey(record) || this.#deletes?.readKey === undefined) throw new NotColumnar('No such key was deleted yet.');
    const { columns, readKey } = this.#deletes;
    if (!this.table.beginDelete(columns, keyText(record))) return;
    readKey(record.bytes, record.keyStart, record.keyEnd);
    columns.endRow();
  }

  #valueReader({ valueSchema, reading, known, placeholder }: PlanParts, rows: RowColumns): ReadFields | undefined {
    const { form, writer } = known;
    if (form.row === null || writer === undefined || valueSchema?.type !== 'struct') return undefined;
    const none = (): void => {
      this.#hasRow = false;
    };
    const row: StructTarget = { fields: targetsOf('row', { cells: writer.cells, columns: rows, schema: form.row, placeholder }), none };
    if (form.kind === 'flat') return compiled(reading.value, valueSchema, row);
    const fields = valueSchema.fields.map(({ index }) => (index === form.afterIndex ? row : index === form.opIndex ? this.#op : null));
    return compiled(reading.value, valueSchema, { fields, none });
  }
}

const compiled = (reading: FieldReading, schema: StructSchema, target: StructTarget): ReadFields => {
  const read = reading.compile(schema, target);
  if (read === undefined) throw new NotColumnar('Its bytes do not have it field by field.');
  return read;
};

/** Its bytes as a text. */
const keyText = ({ bytes, keyStart, keyEnd }: EncodedRecord): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('latin1', keyStart, keyEnd);

const keyedColumns = ({ keySchema, reading, placeholder }: PlanParts, columns: RowColumns, cells: readonly Cell[]): KeyedColumns => {
  const { keyCount } = columns.shape;
  if (keyCount === 0) return { columns, readKey: undefined };
  const isCanonical = cells.slice(0, keyCount).every(({ place, target }) => place?.part === 'key' && canonicalKinds.has(target.type.kind));
  if (!isCanonical || keySchema?.type !== 'struct') throw new NotColumnar('Keys cannot be told apart by their bytes.');
  const fields = targetsOf('key', { cells, columns, schema: keySchema, placeholder });
  const refuse = (): void => {
    throw new NotColumnar('It has no key.');
  };
  return { columns, readKey: compiled(reading.key, keySchema, { fields, none: refuse }) };
};

interface Targets {
  readonly cells: readonly Cell[];
  readonly columns: RowColumns;
  readonly schema: StructSchema;
  readonly placeholder: string;
}

/** The targets of the columns by the field they are read from. */
const targetsOf = (part: 'key' | 'row', { cells, columns, schema, placeholder }: Targets): (FieldTarget | null)[] => {
  const targets = new Array<FieldTarget | null>(schema.fields.length).fill(null);
  cells.forEach(({ place, isKey, isUnavailable }, index) => {
    const target = columns.rows.targets[index];
    if (place?.part !== part || target === undefined) return;
    if (isKey) targets[place.index] = new RequiredTarget(target);
    else targets[place.index] = isUnavailable === undefined ? target : new AvailableTarget(target, isUnavailable, placeholder);
  });
  return targets;
};
