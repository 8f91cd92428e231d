import { arrayOf, decimalSchema, mapOf, primitive, structOf, withOptional, type StructSchema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { avroSchemaText } from './avro-schema.ts';

const text = (): ReturnType<typeof primitive> => primitive('string');
const optional = { isOptional: true } as const;

describe('The Avro text of a Connect schema', () => {
  test('of a Debezium envelope is what AvroData registers, to the byte', () => {
    const row = structOf(
      [
        ['id', primitive('int32', { defaultValue: 0 })],
        ['note', primitive('string', optional)],
      ],
      { name: 'd.public.t.Value', isOptional: true },
    );
    const snapshot = primitive('string', {
      name: 'io.debezium.data.Enum',
      version: 1,
      parameters: { allowed: 'true,first,last,false,incremental' },
      defaultValue: 'false',
      isOptional: true,
    });
    const source = structOf(
      [
        ['version', text()],
        ['ts_ms', primitive('int64')],
        ['snapshot', snapshot],
      ],
      {
        name: 'io.debezium.connector.postgresql.Source',
        version: 1,
      },
    );
    const envelope = structOf(
      [
        ['before', row],
        ['after', row],
        ['source', source],
        ['op', text()],
        ['ts_ms', primitive('int64', optional)],
      ],
      { name: 'd.public.t.Envelope', version: 2 },
    );
    expect(avroSchemaText(envelope)).toBe(
      '{"type":"record","name":"Envelope","namespace":"d.public.t","fields":[' +
        '{"name":"before","type":["null",{"type":"record","name":"Value","fields":[' +
        '{"name":"id","type":{"type":"int","connect.default":0},"default":0},' +
        '{"name":"note","type":["null","string"],"default":null}],"connect.name":"d.public.t.Value"}],"default":null},' +
        '{"name":"after","type":["null","Value"],"default":null},' +
        '{"name":"source","type":{"type":"record","name":"Source","namespace":"io.debezium.connector.postgresql","fields":[' +
        '{"name":"version","type":"string"},{"name":"ts_ms","type":"long"},' +
        '{"name":"snapshot","type":[{"type":"string","connect.version":1,' +
        '"connect.parameters":{"allowed":"true,first,last,false,incremental"},"connect.default":"false",' +
        '"connect.name":"io.debezium.data.Enum"},"null"],"default":"false"}],' +
        '"connect.version":1,"connect.name":"io.debezium.connector.postgresql.Source"}},' +
        '{"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"],"default":null}],' +
        '"connect.version":2,"connect.name":"d.public.t.Envelope"}',
    );
  });

  test('of a decimal has scale and precision first and the logical type last', () => {
    expect(avroSchemaText(decimalSchema(2, { parameters: { 'connect.decimal.precision': '10' } }))).toBe(
      '{"type":"bytes","scale":2,"precision":10,"connect.version":1,' +
        '"connect.parameters":{"scale":"2","connect.decimal.precision":"10"},' +
        '"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}',
    );
  });

  test('names unnamed structs ConnectDefault, ConnectDefault2, equal ones alike', () => {
    const inner = structOf([['x', primitive('int8')]]);
    const outer = structOf([
      ['a', inner],
      ['b', withOptional(inner, true)],
    ]);
    expect(avroSchemaText(outer)).toBe(
      '{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":[' +
        '{"name":"a","type":{"type":"record","name":"ConnectDefault2","fields":[' +
        '{"name":"x","type":{"type":"int","connect.type":"int8"}}]}},' +
        '{"name":"b","type":["null","ConnectDefault2"],"default":null}]}',
    );
  });

  test('refers to a record of another namespace by its full name', () => {
    const scaled = structOf(
      [
        ['scale', primitive('int32')],
        ['value', primitive('bytes')],
      ],
      {
        name: 'io.debezium.data.VariableScaleDecimal',
        version: 1,
        doc: 'Variable scaled decimal',
        isOptional: true,
      },
    );
    const row = avroSchemaText(
      structOf(
        [
          ['a', scaled],
          ['b', scaled],
        ],
        { name: 's.t.Value' },
      ),
    );
    expect(row).toContain('{"name":"b","type":["null","io.debezium.data.VariableScaleDecimal"],"default":null}');
    expect(row).toContain(
      '],"connect.doc":"Variable scaled decimal","connect.version":1,"connect.name":"io.debezium.data.VariableScaleDecimal"}',
    );
  });

  test('writes defaults as Java writes numbers, and bytes as ISO-8859-1', () => {
    const row = avroSchemaText(
      structOf([
        ['a', primitive('float64', { defaultValue: 0 })],
        ['b', primitive('float64', { defaultValue: 12_345_678 })],
        ['c', primitive('float32', { defaultValue: Math.fround(0.1) })],
        ['d', primitive('bytes', { defaultValue: new Uint8Array([0, 11, 255]) })],
        ['e', primitive('int64', { defaultValue: 9_223_372_036_854_775_807n })],
      ]),
    );
    expect(row).toContain('"connect.default":0.0},"default":0.0}');
    expect(row).toContain('"default":1.2345678E7}');
    expect(row).toContain('"default":0.1}');
    expect(row).toContain('"default":"\\u0000\\u000Bÿ"}');
    expect(row).toContain('"default":9223372036854775807}');
  });

  test('of a map is a map for required string keys and a list of entries for others', () => {
    expect(avroSchemaText(mapOf(text(), primitive('int32')))).toBe('{"type":"map","values":"int"}');
    expect(avroSchemaText(mapOf(primitive('int32'), arrayOf(text())))).toBe(
      '{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[' +
        '{"name":"key","type":"int"},{"name":"value","type":{"type":"array","items":"string"}}]}}',
    );
  });

  test('carries only Avro itself without connect.meta.data', () => {
    expect(avroSchemaText(primitive('int64', { name: 'io.debezium.time.MicroTimestamp', version: 1 }), { isAnnotated: false })).toBe(
      '"long"',
    );
  });

  test('of a record that only its parameters tell from another is the name of that one', () => {
    const point = (column: string): StructSchema => structOf([['x', text()]], { name: 'a.Point', parameters: { column } });
    const schema = avroSchemaText(
      structOf([
        ['p', point('p')],
        ['q', point('q')],
      ]),
    );
    expect(schema).toContain('"connect.parameters":{"column":"p"},"connect.name":"a.Point"}},{"name":"q","type":"a.Point"}');
  });

  test('is refused when one name stands for two schemas', () => {
    const one = structOf([['x', text()]], { name: 'a.B' });
    const other = structOf([['y', text()]], { name: 'a.B' });
    expect(() =>
      avroSchemaText(
        structOf([
          ['p', one],
          ['q', other],
        ]),
      ),
    ).toThrow('Two different schemas have the name "a.B"');
  });
});
