import { Struct, type ConnectRecord, type StructSchema } from '@headrace/connector-api';
import { planCache, reshaped } from '../shape/struct-transform.ts';

export interface FieldDroppingOptions {
  /** Header whose list names the fields. */
  readonly header: string;
  readonly isKeyToo: boolean;
  /** Leaves required fields where they are: a schema without them would not be compatible. */
  readonly isOptionalOnly: boolean;
}

interface Narrowing {
  readonly schema: StructSchema;
  readonly kept: readonly number[];
}

/** Drops the fields that a header of the record names. Remembers the schemas by schema and list. */
export class FieldDropping {
  readonly #options: FieldDroppingOptions;
  readonly #narrowings = planCache((_schema: StructSchema) => new Map<string, Narrowing>());

  constructor(options: FieldDroppingOptions) {
    this.#options = options;
  }

  apply<R extends ConnectRecord>(record: R): R {
    const listed = record.headers.find(({ key }) => key === this.#options.header)?.value;
    if (!Array.isArray(listed)) return record;
    const names = listed.map(String);
    const value = this.#narrow(record.value, names);
    const key = this.#options.isKeyToo ? this.#narrow(record.key, names) : undefined;
    return {
      ...record,
      ...(value === undefined ? {} : { value, valueSchema: value.schema }),
      ...(key === undefined ? {} : { key, keySchema: key.schema }),
    };
  }

  #narrow(struct: unknown, names: readonly string[]): Struct | undefined {
    if (!(struct instanceof Struct)) return undefined;
    const known = this.#narrowings(struct.schema);
    const id = names.join('\n');
    const narrowing = known.get(id) ?? this.#narrowingOf(struct.schema, names);
    known.set(id, narrowing);
    return new Struct(
      narrowing.schema,
      narrowing.kept.map((index) => struct.values[index]),
    );
  }

  #narrowingOf(schema: StructSchema, names: readonly string[]): Narrowing {
    const kept = schema.fields.filter((field) => !names.includes(field.name) || (this.#options.isOptionalOnly && !field.schema.isOptional));
    return {
      kept: kept.map(({ index }) => index),
      schema: reshaped(
        'ExtractNewRecordState',
        schema,
        kept.map((field) => [field.name, field.schema]),
      ),
    };
  }
}
