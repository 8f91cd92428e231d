import { arrayOf, decimalSchema, logicalNames, mapOf, primitive, structOf, type Schema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { avroSchemaText } from './avro-schema.ts';

const optional = { isOptional: true } as const;
const text = primitive('string');
const int32 = primitive('int32');
const precision = (digits: string) => ({ parameters: { 'connect.decimal.precision': digits } });

const row = structOf(
  [
    ['id', primitive('int32', { defaultValue: 0 })],
    ['note', primitive('string', optional)],
  ],
  { name: 'd.public.t.Value', ...optional },
);
const snapshot = primitive('string', {
  name: 'io.debezium.data.Enum',
  version: 1,
  parameters: { allowed: 'true,first,last,false,incremental' },
  defaultValue: 'false',
  ...optional,
});
const source = structOf(
  [
    ['version', text],
    ['ts_ms', primitive('int64')],
    ['snapshot', snapshot],
  ],
  {
    name: 'io.debezium.connector.postgresql.Source',
    version: 1,
  },
);
const scaled = structOf(
  [
    ['scale', int32],
    ['value', primitive('bytes')],
  ],
  {
    name: 'io.debezium.data.VariableScaleDecimal',
    version: 1,
    doc: 'Variable scaled decimal',
    ...optional,
  },
);
const point = structOf(
  [
    ['x', primitive('float64')],
    ['wkb', primitive('bytes', optional)],
  ],
  {
    name: 'io.debezium.data.geometry.Point',
    version: 1,
    doc: 'Geometry (POINT)',
    ...optional,
  },
);
const int8Struct = structOf([['x', primitive('int8')]]);
const inNoNamespace = structOf([['i', int32]], { name: 'Q' });

const schemas: Readonly<Record<string, Schema>> = {
  envelope: structOf(
    [
      ['before', row],
      ['after', row],
      ['source', source],
      ['op', text],
      ['ts_ms', primitive('int64', optional)],
    ],
    {
      name: 'd.public.t.Envelope',
      version: 2,
    },
  ),
  decimal: decimalSchema(2, precision('10')),
  decimal64: decimalSchema(2, optional),
  decimalneg: decimalSchema(-2, precision('10')),
  decimalbig: decimalSchema(20, precision('10')),
  date: primitive('int32', { name: logicalNames.date, version: 1, ...optional }),
  time: primitive('int32', { name: logicalNames.time, version: 1 }),
  timestamp: primitive('int64', { name: logicalNames.timestamp, version: 1 }),
  unnamed: structOf([
    ['a', int8Struct],
    ['b', structOf([['x', primitive('int8')]], optional)],
    ['c', structOf([['y', primitive('int16')]])],
  ]),
  vsd: structOf(
    [
      ['a', scaled],
      ['b', scaled],
    ],
    { name: 's.t.Value' },
  ),
  defaults: structOf(
    [
      ['a', primitive('float64', { defaultValue: 0 })],
      ['b', primitive('float64', { defaultValue: 12_345_678 })],
      ['c', primitive('float32', { defaultValue: Math.fround(0.1) })],
      ['d', primitive('bytes', { defaultValue: new Uint8Array([0, 11, 255]) })],
      ['e', primitive('int64', { defaultValue: 2n ** 63n - 1n })],
      ['f', primitive('string', { defaultValue: 'a"\\é\u2028/' })],
      ['g', primitive('boolean', { defaultValue: true, ...optional })],
      ['h', primitive('float64', { defaultValue: 1.5e-5 })],
    ],
    { name: 'X' },
  ),
  map: mapOf(text, int32),
  mapint: mapOf(int32, arrayOf(text)),
  arrayopt: arrayOf(primitive('int64', optional), optional),
  key: structOf([['id', primitive('int32', { defaultValue: 0 })]], { name: 'd.public.t.Key' }),
  optstruct: row,
  nonamespace: structOf([['a', structOf([['b', inNoNamespace]], { name: 'x.y.Z' })]], { name: 'Value' }),
  block: structOf([['p', point]], { name: 'e.V' }),
  coltype: structOf(
    [
      [
        'c',
        primitive('string', {
          parameters: { '__debezium.source.column.type': 'VARCHAR', '__debezium.source.column.length': '255' },
          ...optional,
        }),
      ],
    ],
    { name: 'e.W' },
  ),
  mapopt: structOf([['m', mapOf(text, primitive('string', optional), optional)]], { name: 'e.H' }),
  doc: structOf([['m', primitive('string', { doc: 'a doc' })]], { name: 'e.D', doc: 'about' }),
};

const golden = readFileSync(new URL('../../test/golden/avro-data.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t') as [string, string]);

describe('A schema text equals what AvroData makes of the same Connect schema', () => {
  test.each(golden)('%s', (name, expected) => {
    const schema = schemas[name];
    expect(schema === undefined ? `no schema ${name}` : avroSchemaText(schema)).toBe(expected);
  });

  test('for every schema that was recorded', () => {
    expect(golden.map(([name]) => name).toSorted()).toEqual(Object.keys(schemas).toSorted());
  });
});
