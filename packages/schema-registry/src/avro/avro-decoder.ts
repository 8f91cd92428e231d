import { Struct, type FieldChoice, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { malformed, type AvroInput } from './avro-input.ts';
import type { AvroRecord, AvroType } from './avro-type.ts';
import { connectSchema, mapEntryOf, nullableBranch } from './connect-schema.ts';

export type AvroReader = (input: AvroInput) => unknown;

export interface CompiledReader {
  /** One object per writer schema: statements and caches downstream hang on it. */
  readonly schema: Schema;
  readonly read: AvroReader;
}

export interface ReaderOptions {
  readonly isEnhanced?: boolean;
  /** Fields of the outermost struct that are not chosen are passed over and come as null. */
  readonly choice?: FieldChoice | undefined;
}

/** A reader for values of a writer's schema, compiled once; gives values in Connect's physical form. */
export const compileAvroReader = (type: AvroType, { isEnhanced = false, choice }: ReaderOptions = {}): CompiledReader => {
  const schema = connectSchema(type, isEnhanced);
  const chosen = type.kind === 'record' ? choice?.(schema as StructSchema) : undefined;
  const isPart = chosen !== undefined && type.kind === 'record';
  return { schema, read: isPart ? partReader(type, schema as StructSchema, chosen) : readerOf(type, schema) };
};

const partReader = (type: AvroRecord, schema: StructSchema, chosen: ReadonlySet<string>): AvroReader => {
  const steps = schema.fields.map((field, index): AvroReader => {
    const fieldType = (type.fields[index] as { type: AvroType }).type;
    if (chosen.has(field.name)) return readerOf(fieldType, field.schema);
    const skip = skipperOf(fieldType);
    return (input) => {
      skip(input);
      return null;
    };
  });
  return structReader(steps, schema);
};

/** `schema` is the type's own (`connectSchema`). */
export const readerOf = (type: AvroType, schema: Schema): AvroReader => {
  switch (type.kind) {
    case 'record':
      return recordReader(type, schema as StructSchema);
    case 'union':
      return unionReader(type.branches, schema);
    case 'array':
      return schema.type === 'map' ? entryListReader(type.items, schema) : arrayReader(type.items, schema);
    case 'map':
      return mapReader(type.values, schema as MapSchema);
    case 'enum':
      return enumReader(type.symbols);
    case 'fixed': {
      const { size } = type;
      return (input) => input.fixed(size);
    }
    default:
      return primitiveReaders[type.kind];
  }
};

const primitiveReaders = {
  null: (): null => null,
  boolean: (input: AvroInput): boolean => input.byte() !== 0,
  int: (input: AvroInput): number => input.int(),
  long: (input: AvroInput): number | bigint => input.long(),
  float: (input: AvroInput): number => input.float(),
  double: (input: AvroInput): number => input.double(),
  bytes: (input: AvroInput): Uint8Array => input.bytes(),
  string: (input: AvroInput): string => input.string(),
} as const;

const recordReader = (type: AvroRecord, schema: StructSchema): AvroReader => {
  const readers = type.fields.map((field, index) => readerOf(field.type, (schema.fields[index] as { schema: Schema }).schema));
  return structReader(readers, schema);
};

const structReader = (readers: readonly AvroReader[], schema: StructSchema): AvroReader => {
  const count = readers.length;
  return (input) => {
    const values = new Array<unknown>(count);
    for (let index = 0; index < count; index += 1) values[index] = readers[index]?.(input);
    return new Struct(schema, values);
  };
};

const unionReader = (branches: readonly AvroType[], schema: Schema): AvroReader => {
  const single = nullableBranch(branches);
  if (single === undefined) return openUnionReader(branches, schema as StructSchema);
  const nullIndex = branches.findIndex((branch) => branch.kind === 'null');
  const read = readerOf(single, schema);
  return (input) => {
    const index = input.int();
    if (index === nullIndex) return null;
    if (index !== 1 - nullIndex) throw noBranch(index);
    return read(input);
  };
};

/** Several types: a struct with one field per branch other than null, of which the one that was written is set. */
const openUnionReader = (branches: readonly AvroType[], schema: StructSchema): AvroReader => {
  const types = branches.filter((branch) => branch.kind !== 'null');
  const arms = branches.map((branch) => {
    const field = schema.fields[types.indexOf(branch)];
    return field === undefined ? null : { index: field.index, read: readerOf(branch, field.schema) };
  });
  return (input) => {
    const index = input.int();
    const arm = arms[index];
    if (arm === undefined) throw noBranch(index);
    if (arm === null) return null;
    const values = new Array<unknown>(schema.fields.length).fill(null);
    values[arm.index] = arm.read(input);
    return new Struct(schema, values);
  };
};

export const noBranch = (index: number): Error => malformed(`a union has no branch ${String(index)}`);

const arrayReader = (items: AvroType, schema: Schema): AvroReader => {
  const read = readerOf(items, (schema as { items: Schema }).items);
  return (input) => {
    const values: unknown[] = [];
    for (let count = input.blockCount(); count > 0; count = input.blockCount()) {
      for (let index = 0; index < count; index += 1) values.push(read(input));
    }
    return values;
  };
};

const entryListReader = (items: AvroType, schema: MapSchema): AvroReader => {
  const entry = mapEntryOf(items);
  if (entry === undefined) throw new TypeError('A list of entries has entries of another form.');
  return entriesReader(readerOf(entry.key.type, schema.keys), readerOf(entry.value.type, schema.values));
};

const mapReader = (values: AvroType, schema: MapSchema): AvroReader =>
  entriesReader(primitiveReaders.string, readerOf(values, schema.values));

const entriesReader =
  (readKey: AvroReader, readValue: AvroReader): AvroReader =>
  (input) => {
    const entries = new Map<unknown, unknown>();
    for (let count = input.blockCount(); count > 0; count = input.blockCount()) {
      for (let index = 0; index < count; index += 1) {
        const key = readKey(input);
        entries.set(key, readValue(input));
      }
    }
    return entries;
  };

const enumReader =
  (symbols: readonly string[]): AvroReader =>
  (input) => {
    const index = input.int();
    const symbol = symbols[index];
    if (symbol === undefined) throw malformed(`an enum has no symbol ${String(index)}`);
    return symbol;
  };

/** Passes over one value; checks what reading it would check, as far as lengths and branches go. */
export type AvroSkipper = (input: AvroInput) => void;

export const skipperOf = (type: AvroType): AvroSkipper => {
  switch (type.kind) {
    case 'record': {
      const fields = type.fields.map((field) => skipperOf(field.type));
      return (input) => {
        for (const skip of fields) skip(input);
      };
    }
    case 'union': {
      const branches = type.branches.map(skipperOf);
      return (input) => {
        const index = input.int();
        const skip = branches[index];
        if (skip === undefined) throw malformed(`a union has no branch ${String(index)}`);
        skip(input);
      };
    }
    case 'array':
      return blockSkipper(skipperOf(type.items));
    case 'map': {
      const skip = skipperOf(type.values);
      return blockSkipper((input) => {
        input.skipBytes();
        skip(input);
      });
    }
    case 'fixed':
      return (input) => {
        input.skip(type.size);
      };
    default:
      return primitiveSkippers[type.kind];
  }
};

const blockSkipper =
  (skip: AvroSkipper): AvroSkipper =>
  (input) => {
    for (let count = input.blockCount(); count > 0; count = input.blockCount()) {
      for (let index = 0; index < count; index += 1) skip(input);
    }
  };

const primitiveSkippers = {
  null: () => undefined,
  boolean: (input: AvroInput) => {
    input.skip(1);
  },
  int: (input: AvroInput) => {
    input.int();
  },
  enum: (input: AvroInput) => {
    input.int();
  },
  long: (input: AvroInput) => {
    input.long();
  },
  float: (input: AvroInput) => {
    input.skip(4);
  },
  double: (input: AvroInput) => {
    input.skip(8);
  },
  bytes: (input: AvroInput) => {
    input.skipBytes();
  },
  string: (input: AvroInput) => {
    input.skipBytes();
  },
} as const;
