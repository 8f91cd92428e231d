import { int64, primitive, Struct, structOf, withOptional, type Schema, type SinkRecord, type StructSchema } from '@headrace/connector-api';

/** Change events in Debezium's shape, built by hand: what a PostgreSQL source sends for one table. */
const text = primitive('string');
const sourceSchema = structOf(
  [
    ['version', text],
    ['connector', text],
    ['name', text],
    ['ts_ms', primitive('int64')],
    ['snapshot', primitive('string', { isOptional: true, name: 'io.debezium.data.Enum', version: 1, defaultValue: 'false' })],
    ['db', text],
    ['sequence', primitive('string', { isOptional: true })],
    ['schema', text],
    ['table', text],
  ],
  { name: 'io.debezium.connector.postgresql.Source', version: 1 },
);

export const blockSchema = structOf(
  [
    ['id', text],
    ['total_order', primitive('int64')],
    ['data_collection_order', primitive('int64')],
  ],
  { isOptional: true, name: 'event.block', version: 1 },
);

export type Op = 'c' | 'u' | 'd' | 'r' | 't';
export type Row = Readonly<Record<string, unknown>>;

export interface TableSpec {
  readonly topic: string;
  readonly table?: string;
  /** Key columns in key order; empty: no key. */
  readonly key: readonly string[];
  readonly columns: readonly (readonly [string, Schema])[];
}

export class TableEvents {
  readonly spec: TableSpec;
  readonly keySchema: StructSchema | null;
  readonly rowSchema: StructSchema;
  readonly envelopeSchema: StructSchema;
  #offset = 0n;

  constructor(spec: TableSpec, firstOffset = 0n) {
    this.spec = spec;
    this.#offset = firstOffset;
    this.rowSchema = structOf(spec.columns, { name: `${spec.topic}.Value` });
    const keyColumns = spec.key.map((name) => [name, spec.columns.find(([column]) => column === name)![1]] as const);
    this.keySchema = keyColumns.length === 0 ? null : structOf(keyColumns, { name: `${spec.topic}.Key` });
    const row = withOptional(this.rowSchema, true);
    const stamp = primitive('int64', { isOptional: true });
    this.envelopeSchema = structOf(
      [
        ['before', row],
        ['after', row],
        ['source', sourceSchema],
        ['transaction', blockSchema],
        ['op', text],
        ['ts_ms', stamp],
        ['ts_us', stamp],
        ['ts_ns', stamp],
      ],
      { name: `${spec.topic}.Envelope`, version: 2 },
    );
  }

  get nextOffset(): bigint {
    return this.#offset;
  }

  create(row: Row): SinkRecord {
    return this.event('c', row);
  }

  update(row: Row): SinkRecord {
    return this.event('u', row);
  }

  delete(key: Row): SinkRecord {
    return this.event('d', key);
  }

  truncate(): SinkRecord {
    const value = this.#envelope('t', null, null);
    return this.#record({ keySchema: null, key: null, valueSchema: this.envelopeSchema, value });
  }

  tombstone(key: Row): SinkRecord {
    return this.#record({ keySchema: this.keySchema, key: this.#key(key), valueSchema: null, value: null });
  }

  /** A row without its envelope, as ExtractNewRecordState leaves it. */
  flat(row: Row): SinkRecord {
    return this.#record({ keySchema: this.keySchema, key: this.#key(row), valueSchema: this.rowSchema, value: this.#row(row) });
  }

  event(op: Op, row: Row): SinkRecord {
    const image = this.#row(row);
    const value = op === 'd' ? this.#envelope(op, image, null) : this.#envelope(op, null, image);
    return this.#record({ keySchema: this.keySchema, key: this.#key(row), valueSchema: this.envelopeSchema, value });
  }

  #envelope(op: Op, before: Struct | null, after: Struct | null): Struct {
    const { topic, table } = this.spec;
    const source = new Struct(sourceSchema, ['3.6.0', 'postgresql', 'shop', 1, null, 'shop', null, 'public', table ?? topic]);
    return new Struct(this.envelopeSchema, [before, after, source, null, op, 1, 1_000, int64(1_000_000n)]);
  }

  #row(row: Row): Struct {
    return new Struct(
      this.rowSchema,
      this.rowSchema.fields.map(({ name }) => row[name] ?? null),
    );
  }

  #key(row: Row): Struct | null {
    const { keySchema } = this;
    return keySchema === null
      ? null
      : new Struct(
          keySchema,
          keySchema.fields.map(({ name }) => row[name] ?? null),
        );
  }

  #record(parts: Pick<SinkRecord, 'keySchema' | 'key' | 'valueSchema' | 'value'>): SinkRecord {
    const { topic } = this.spec;
    const offset = this.#offset;
    this.#offset += 1n;
    return { topic, partition: 0, ...parts, headers: [], timestamp: 1, offset, original: { topic, partition: 0, offset } };
  }
}
