import type { EncodedRecord, PartitionPosition, RecordReading, Schema } from '@headrace/connector-api';
import { hasReaction } from '@headrace/foundation';
import type { Operation } from '../apply/batch.ts';
import { positionsAfter, runsOf } from '../apply/reached-positions.ts';
import type { ColumnStatements } from '../dialect/column-statements.ts';
import type { ChangeReader } from '../record/change-reader.ts';
import type { TargetTable } from '../table/table.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';
import { hasKey, hasValue, RecordPlan } from './record-plan.ts';
import { RowColumns } from './row-columns.ts';
import { TableColumns, type ColumnMode } from './table-columns.ts';

/** What records do to their tables, as statements. */
export interface ColumnarBatch {
  /** The record behind the last. */
  readonly end: number;
  readonly operations: readonly Operation[];
  /** The next offsets. */
  readonly reached: readonly PartitionPosition[];
  /** Of the reader whose knowledge of tables it was made with (`ChangeReader.generation`). */
  readonly generation: number;
}

export interface ColumnarOptions {
  readonly reader: Pick<ChangeReader, 'generation' | 'known'>;
  readonly reading: RecordReading;
  readonly statements: ColumnStatements;
  readonly mode: ColumnMode;
  readonly appliesDeletes: boolean;
  readonly placeholder: string;
  /** Whether a batch of so many records and bytes may take no more. */
  readonly isFull: (records: number, bytes: number) => boolean;
}

interface KnownPlan {
  readonly topic: string;
  readonly keySchema: Schema | null;
  readonly valueSchema: Schema | null;
  readonly plan: RecordPlan;
}

/**
 * Encoded records -> statements, without objects in between. It knows tables and schemas by the records that went through the
 * reader, and gives up where one is new or means more than the last state of a row.
 */
export class ColumnarBatches {
  readonly #options: ColumnarOptions;
  readonly #tables = new Map<TargetTable, TableColumns>();
  #plans: KnownPlan[] = [];
  #last: KnownPlan | undefined;
  #generation = -1;

  constructor(options: ColumnarOptions) {
    this.#options = options;
  }

  /** Records from `start` on; undefined where they must be objects. Good until the next call. */
  build(records: readonly EncodedRecord[], start: number): ColumnarBatch | undefined {
    try {
      return this.#build(records, start);
    } catch (error) {
      this.#forget();
      // As objects they show what is wrong with them, or what is special. Anything else is a bug, which must not hide there.
      if (error instanceof NotColumnar || hasReaction(error, 'record')) return undefined;
      throw error;
    }
  }

  #build(records: readonly EncodedRecord[], start: number): ColumnarBatch {
    const { reader, appliesDeletes, isFull } = this.#options;
    if (reader.generation !== this.#generation) this.#forget();
    for (const table of this.#tables.values()) table.clear();
    const touched = new Set<TableColumns>();
    let end = start;
    for (let bytes = 0; end < records.length && !isFull(end - start, bytes); end += 1) {
      const record = records[end];
      if (record === undefined) break;
      bytes += Math.max(0, record.valueEnd - record.valueStart);
      if (!hasValue(record) && !appliesDeletes) continue;
      const plan = this.#planOf(record);
      touched.add(plan.table);
      plan.add(record);
    }
    const read = start === 0 && end === records.length ? records : records.slice(start, end);
    const operations = [...touched].flatMap((table) => table.operations());
    const reached = positionsAfter(runsOf(read).map(({ last }) => last));
    return { end, operations, reached, generation: this.#generation };
  }

  #planOf(record: EncodedRecord): RecordPlan {
    const { reading } = this.#options;
    const { topic, bytes, keyStart, keyEnd, valueStart, valueEnd } = record;
    const keySchema = hasKey(record) ? reading.key.schemaOf(bytes, keyStart, keyEnd) : null;
    const valueSchema = hasValue(record) ? reading.value.schemaOf(bytes, valueStart, valueEnd) : null;
    if (keySchema === undefined || valueSchema === undefined) throw new NotColumnar('A schema is new.');
    const last = this.#last;
    if (last?.valueSchema === valueSchema && last.keySchema === keySchema && last.topic === topic) return last.plan;
    let found = this.#plans.find((known) => known.valueSchema === valueSchema && known.keySchema === keySchema && known.topic === topic);
    if (found === undefined) this.#plans.push((found = this.#compile(topic, keySchema, valueSchema)));
    this.#last = found;
    return found.plan;
  }

  #compile(topic: string, keySchema: Schema | null, valueSchema: Schema | null): KnownPlan {
    const { reader, reading, statements, placeholder, appliesDeletes } = this.#options;
    const known = reader.known(topic, keySchema, valueSchema);
    const shape = known?.writer?.shape ?? known?.deleter?.shape;
    if (known === undefined || shape === undefined) throw new NotColumnar('No such record was seen yet.');
    const table = this.#tableOf(shape.table);
    const rows = known.writer === undefined ? undefined : new RowColumns(known.writer.shape, statements);
    const plan = new RecordPlan({ known, keySchema, valueSchema, reading, table, placeholder, appliesDeletes, rows });
    return { topic, keySchema, valueSchema, plan };
  }

  #tableOf(table: TargetTable): TableColumns {
    let columns = this.#tables.get(table);
    if (columns === undefined) this.#tables.set(table, (columns = new TableColumns(this.#options.statements, this.#options.mode)));
    return columns;
  }

  #forget(): void {
    this.#plans = [];
    this.#last = undefined;
    this.#tables.clear();
    this.#generation = this.#options.reader.generation;
  }
}
