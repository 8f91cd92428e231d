import { int64, logicalNames, primitive, structOf, type Schema, type SchemaOptions, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { DateFormat } from '../shape/date-format.ts';
import { patternLetterProblem } from '../shape/date-pattern.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { transformOfBothSides, unsuitable, type Side } from '../shape/side.ts';
import { basicsOf, planCache, structTransform } from '../shape/struct-transform.ts';

const TARGETS = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const;
type Target = (typeof TARGETS)[number];

const PRECISIONS = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const;

const config = defineConfig({
  field: { type: 'STRING', default: '', importance: 'HIGH', doc: 'The field; empty for the whole key or value.' },
  'target.type': { type: 'STRING', values: TARGETS, importance: 'HIGH', doc: 'What it becomes.' },
  format: {
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    doc: 'Pattern of texts, read and written in UTC, as SimpleDateFormat takes it; needed for the target string.',
    validate: patternLetterProblem,
  },
  'unix.precision': { type: 'STRING', default: 'milliseconds', values: PRECISIONS, importance: 'LOW', doc: 'Unit of unix times.' },
  ...nullDefaultKey,
});

interface Conversion {
  readonly target: Target;
  readonly format: DateFormat;
  readonly isNullReplaced: boolean;
  /** Units of a unix time in a millisecond, and milliseconds in one. */
  readonly perMs: bigint;
  readonly msPer: bigint;
}

/** Between texts, unix times and Connect's date, time and timestamp; a null stays null. */
export const timestampConverter: readonly TransformPlugin[] = transformOfBothSides('TimestampConverter', config, (raw, side) => {
  const settings = parseConfig(config, raw);
  const { field, format, 'target.type': target, 'unix.precision': precision, 'replace.null.with.default': isNullReplaced } = settings;
  if (target === 'string' && format === '') throw invalid('format', 'The target type string needs a format.');
  const conversion: Conversion = {
    target: target as Target,
    format: new DateFormat(format),
    isNullReplaced,
    perMs: precision === 'nanoseconds' ? 1_000_000n : precision === 'microseconds' ? 1_000n : 1n,
    msPer: precision === 'seconds' ? 1_000n : 1n,
  };
  if (field === '') return convertWhole(conversion, side);
  return structTransform(side, {
    name: 'TimestampConverter',
    isNullReplaced,
    plan: (schema) => {
      const index = schema.indexByName.get(field);
      const converted = schema.fields.map(
        (item) => [item.name, item.index === index ? targetSchema(item.schema, conversion.target) : item.schema] as const,
      );
      return {
        schema: structOf(converted, basicsOf(schema)),
        values: (struct) =>
          struct.values.map((value, position) =>
            position === index ? convert(value, schema.fields[position]?.schema ?? null, conversion) : value,
          ),
      };
    },
    map: (map) => map.set(field, convert(map.get(field), null, conversion)),
  });
});

const convertWhole = (conversion: Conversion, side: Side) => {
  const planned = planCache((schema: Schema) => targetSchema(schema, conversion.target));
  return <R extends Parameters<Side['valueOf']>[0]>(record: R): R => {
    const schema = side.schemaOf(record);
    return side.replace(
      record,
      schema === null ? null : planned(schema),
      convert(side.valueOf(record) ?? (conversion.isNullReplaced ? schema?.defaultValue : null), schema, conversion),
    );
  };
};

const targetSchema = (schema: Schema, target: Target): Schema => {
  if (schema.type !== 'string' && schema.type !== 'int64' && schema.type !== 'int32')
    throw unsuitable('TimestampConverter', `a ${schema.type} is no time`);
  const { isOptional } = schema;
  const options = (name: string): SchemaOptions => ({ isOptional, name, version: 1 });
  switch (target) {
    case 'string':
      return primitive('string', { isOptional });
    case 'unix':
      return primitive('int64', { isOptional });
    case 'Date':
      return primitive('int32', options(logicalNames.date));
    case 'Time':
      return primitive('int32', options(logicalNames.time));
    case 'Timestamp':
      return primitive('int64', options(logicalNames.timestamp));
  }
};

const DAY_MS = 86_400_000;

const convert = (value: unknown, schema: Schema | null, conversion: Conversion): unknown => {
  if (value === null || value === undefined) return null;
  const ms = millisecondsOf(value, schema, conversion);
  switch (conversion.target) {
    case 'string':
      return conversion.format.format(ms);
    case 'unix':
      return int64((BigInt(ms) * conversion.perMs) / conversion.msPer);
    case 'Date':
      return Math.floor(ms / DAY_MS);
    case 'Time':
      return ((ms % DAY_MS) + DAY_MS) % DAY_MS;
    case 'Timestamp':
      return ms;
  }
};

const millisecondsOf = (value: unknown, schema: Schema | null, { format, perMs, msPer }: Conversion): number => {
  if (typeof value === 'string') {
    const ms = format.parse(value);
    if (ms === undefined) throw unsuitable('TimestampConverter', 'a text is not of the configured format');
    return ms;
  }
  if ((typeof value !== 'number' || !Number.isInteger(value)) && typeof value !== 'bigint')
    throw unsuitable('TimestampConverter', 'a value is neither a text nor a whole number');
  if (schema?.name === logicalNames.date) return Number(value) * DAY_MS;
  if (schema?.name === logicalNames.time || schema?.name === logicalNames.timestamp) return Number(value);
  return Number((BigInt(value) * msPer) / perMs);
};
