import type {
  EncodedBatch,
  EncodedRecord,
  FieldReading,
  FieldTarget,
  PartitionPosition,
  ReadFields,
  RecordReading,
  Schema,
  SchemaAndValue,
  SinkRecord,
  Struct,
  StructSchema,
  StructTarget,
} from '@headrace/connector-api';

/** Before a text, so that a target that looks outside of its place is found out. */
const MARGIN = 'margin';

/** In the place of a converter with a form of its own: bytes that name a value, which is handed out field by field. */
class NamedValues implements FieldReading {
  readonly #values = new Map<string, SchemaAndValue>();

  encode(schema: Schema | null, value: unknown): Buffer | null {
    if (value === null) return null;
    // Equal keys are equal bytes.
    const shown = JSON.stringify([schema?.name, (value as Partial<Struct>).values ?? value], (_, part: unknown) =>
      typeof part === 'bigint' ? String(part) : part,
    );
    this.#values.set(shown, { schema, value });
    return Buffer.from(shown);
  }

  schemaOf(bytes: Uint8Array, start: number, end: number): Schema | undefined {
    return this.#of(bytes, start, end)?.schema ?? undefined;
  }

  compile(schema: StructSchema, target: StructTarget): ReadFields {
    return (bytes, start, end) => {
      handStruct(schema, this.#of(bytes, start, end)?.value as Struct, target);
    };
  }

  #of(bytes: Uint8Array, start: number, end: number): SchemaAndValue | undefined {
    return this.#values.get(Buffer.from(bytes.subarray(start, end)).toString());
  }
}

const handStruct = (schema: StructSchema, struct: Struct | null, target: StructTarget): void => {
  if (struct === null) {
    target.none();
    return;
  }
  schema.fields.forEach((field, index) => {
    const part = target.fields[index] ?? null;
    const value = struct.values[index];
    if (part === null) return;
    if ('fields' in part) handStruct(field.schema as StructSchema, value as Struct | null, part);
    else handField(value, part);
  });
};

const handField = (value: unknown, target: FieldTarget): void => {
  if (value === null || value === undefined) target.none();
  else if (typeof value === 'number') target.number(value);
  else if (typeof value === 'string') {
    const bytes = Buffer.from(MARGIN + value + MARGIN);
    target.text(bytes, MARGIN.length, bytes.length - MARGIN.length);
  } else target.value(value);
};

/** Between other bytes, as in what was fetched. */
const placedIn = (key: Buffer | null, value: Buffer | null): Omit<EncodedRecord, keyof PartitionPosition> => {
  const margin = Buffer.from(MARGIN);
  const bytes = Buffer.concat([margin, key ?? margin, margin, value ?? margin, margin]);
  const keyStart = margin.length;
  const valueStart = keyStart + (key ?? margin).length + margin.length;
  const endOf = (part: Buffer | null, start: number): number => (part === null ? -1 : start + part.length);
  return { bytes, keyStart, keyEnd: endOf(key, keyStart), valueStart, valueEnd: endOf(value, valueStart) };
};

/** Records as a converter would have written them, and how they are read. */
export class EncodedRecords {
  readonly #keys = new NamedValues();
  readonly #values = new NamedValues();
  readonly reading: RecordReading = { key: this.#keys, value: this.#values };
  /** Batches that the task has asked to have decoded. */
  decoded = 0;

  batch(records: readonly SinkRecord[]): EncodedBatch {
    let isDecoded = false;
    return {
      records: records.map((record): EncodedRecord => {
        const key = this.#keys.encode(record.keySchema, record.key);
        return { ...record.original, ...placedIn(key, this.#values.encode(record.valueSchema, record.value)) };
      }),
      decode: async () => {
        if (!isDecoded) this.decoded += 1;
        isDecoded = true;
        return records;
      },
    };
  }
}
