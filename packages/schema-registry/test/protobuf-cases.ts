import { arrayOf, decimalSchema, logicalNames, mapOf, primitive, Struct, structOf, type Schema } from '@headrace/connector-api';

/** A struct of ours, and the same value in Protobuf's own JSON form, from which Google's library made the golden bytes. */
export interface WrittenCase {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly schema: Schema;
  readonly value: Struct;
  /** Full name of the message. */
  readonly message: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A file that others wrote, a value in Protobuf's JSON form, and what is to be read of the golden bytes. */
export interface ReadCase {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly text: string;
  readonly message: string;
  /** Path of the message, as the wire format has it. */
  readonly indexes: readonly number[];
  readonly json: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
}

const optional = { isOptional: true } as const;
const base64 = (...bytes: readonly number[]): string => Buffer.from(bytes).toString('base64');

const row = structOf(
  [
    ['id', primitive('int32')],
    ['note', primitive('string', optional)],
  ],
  { name: 'srv.public.t.Value', ...optional },
);

const envelope = structOf(
  [
    ['before', row],
    ['after', row],
    ['source', structOf([['ts_ms', primitive('int64')]], { name: 'io.debezium.connector.postgresql.Source' })],
    ['op', primitive('string')],
  ],
  { name: 'srv.public.t.Envelope' },
);

const scalars = structOf(
  [
    ['a', primitive('int8')],
    ['b', primitive('int16')],
    ['c', primitive('int64')],
    ['d', primitive('float32')],
    ['e', primitive('float64')],
    ['f', primitive('boolean')],
    ['g', primitive('bytes')],
    ['h', primitive('int64')],
  ],
  { name: 'x.Scalars' },
);

const logical = structOf(
  [
    ['amount', decimalSchema(2, { parameters: { 'connect.decimal.precision': '10' } })],
    ['day', primitive('int32', { name: logicalNames.date, version: 1 })],
    ['at', primitive('int32', { name: logicalNames.time, version: 1 })],
    ['since', primitive('int64', { name: logicalNames.timestamp, version: 1 })],
    ['before_epoch', primitive('int64', { name: logicalNames.timestamp, version: 1 })],
  ],
  { name: 'x.Logical' },
);

const lists = structOf(
  [
    ['numbers', arrayOf(primitive('int32'))],
    ['texts', arrayOf(primitive('string'))],
    ['counts', mapOf(primitive('string'), primitive('int64'))],
    ['names', mapOf(primitive('int32'), primitive('string'))],
  ],
  { name: 'x.Lists' },
);

const colour = primitive('string', {
  name: 'Colour',
  parameters: {
    'io.confluent.connect.protobuf.Enum': 'Colour',
    'io.confluent.connect.protobuf.Enum.RED': '0',
    'io.confluent.connect.protobuf.Enum.BLUE': '5',
  },
  ...optional,
});
const choice = structOf(
  [
    ['number', primitive('int32', { parameters: { 'io.confluent.connect.protobuf.Tag': '4' }, ...optional })],
    ['text', primitive('string', { parameters: { 'io.confluent.connect.protobuf.Tag': '2' }, ...optional })],
  ],
  { name: 'io.confluent.connect.protobuf.Union.choice', ...optional },
);
const sums = structOf(
  [
    ['choice_0', choice],
    ['colour', colour],
    ['other', colour],
  ],
  { name: 'x.Sums' },
);

export const writtenCases: readonly WrittenCase[] = [
  {
    name: 'an envelope',
    config: {},
    schema: envelope,
    value: new Struct(envelope, [
      null,
      new Struct(row, [7, 'é']),
      new Struct(envelope.fields[2]?.schema as never, [1_700_000_000_000]),
      'c',
    ]),
    message: 'srv.public.t.Envelope',
    json: { after: { id: 7, note: 'é' }, source: { ts_ms: '1700000000000' }, op: 'c' },
  },
  {
    name: 'every scalar',
    config: {},
    schema: scalars,
    value: new Struct(scalars, [-128, 32_767, -(2n ** 63n), 1.5, 0.25, true, Buffer.from([0, 255]), 2n ** 63n - 1n]),
    message: 'x.Scalars',
    json: { a: -128, b: 32_767, c: '-9223372036854775808', d: 1.5, e: 0.25, f: true, g: base64(0, 255), h: '9223372036854775807' },
  },
  {
    name: 'logical types',
    config: {},
    schema: logical,
    value: new Struct(logical, [Buffer.from([0xfb, 0x2e]), -1, 3_723_004, 1_700_000_000_123, -1]),
    message: 'x.Logical',
    json: {
      amount: { value: base64(0xfb, 0x2e), precision: 4, scale: 2 },
      day: { year: 1969, month: 12, day: 31 },
      at: { hours: 1, minutes: 2, seconds: 3, nanos: 4_000_000 },
      since: '2023-11-14T22:13:20.123Z',
      before_epoch: '1969-12-31T23:59:59.999Z',
    },
  },
  {
    name: 'lists and maps',
    config: {},
    schema: lists,
    value: new Struct(lists, [[1, 0, -1], ['a', ''], new Map([['x', 5]]), new Map([[0, 'zero']])]),
    message: 'x.Lists',
    json: { numbers: [1, 0, -1], texts: ['a', ''], counts: [{ key: 'x', value: '5' }], names: [{ value: 'zero' }] },
  },
  {
    name: 'a oneof and an enum',
    config: {},
    schema: sums,
    value: new Struct(sums, [new Struct(choice, [0, null]), 'BLUE', 'RED']),
    message: 'x.Sums',
    json: { number: 0, colour: 'BLUE' },
  },
  {
    name: 'nulls marked optional',
    config: { 'optional.for.nullables': 'true' },
    schema: row,
    value: new Struct(row, [0, '']),
    message: 'srv.public.t.Value',
    json: { note: '' },
  },
  {
    name: 'nulls in wrappers',
    config: { 'wrapper.for.nullables': 'true' },
    schema: row,
    value: new Struct(row, [3, '']),
    message: 'srv.public.t.Value',
    json: { id: 3, note: '' },
  },
];

const foreign = `syntax = "proto3";
package f.o;
import "google/protobuf/wrappers.proto";
import "google/protobuf/timestamp.proto";
message Other { string s = 1; }
message All {
  int32 a = 1; sint32 b = 2; uint32 c = 3; fixed32 d = 4; sfixed32 e = 5;
  int64 f = 6; sint64 g = 7; uint64 h = 8; fixed64 i = 9; sfixed64 j = 10;
  float k = 11; double l = 12; bool m = 13; string n = 14; bytes o = 15;
  repeated sint64 packed = 16;
  repeated fixed32 loose = 17 [packed = false];
  map<string, Inner> inners = 18;
  optional int32 present = 19; optional int32 absent = 20;
  oneof either { Inner inner = 21; int32 number = 22; }
  google.protobuf.Int64Value wrapped = 23;
  google.protobuf.Timestamp at = 24;
  Kind kind = 25; repeated Kind kinds = 26;
  repeated Inner list = 1000;
  message Inner { string s = 1; }
  enum Kind { NONE = 0; SOME = 3; }
}`;

const foreignJson = {
  ...{ a: -1, b: -2, c: 4_294_967_295, d: 4_294_967_295, e: -5, f: '-6', g: '-7', h: '9007199254740993', i: '9', j: '-10' },
  ...{ k: 0.5, l: -2.25, m: true, n: 'ñ', o: base64(1, 2), packed: ['-1', '0', '64'], loose: [1, 2] },
  ...{ inners: { x: { s: 'in' } }, present: 0, inner: { s: 'either' }, wrapped: '5', at: '1970-01-01T00:00:01Z' },
  ...{ kind: 'SOME', kinds: ['NONE', 'SOME'], list: [{}, { s: 'l' }] },
};

const foreignValues = (wrapped: unknown): unknown => [
  [['either'], null],
  ...[-1, -2, 4_294_967_295, 4_294_967_295, -5, -6, -7, 9_007_199_254_740_993n, 9, -10, 0.5, -2.25, true, 'ñ', '0102'],
  ...[[-1, 0, 64], [1, 2], [['x', ['in']]], 0, null, wrapped, 1_000, 'SOME', ['NONE', 'SOME'], [[''], ['l']]],
];

export const readCases: readonly ReadCase[] = [
  { name: 'every type', config: {}, text: foreign, message: 'f.o.All', indexes: [1], json: foreignJson, expected: foreignValues([5]) },
  {
    name: 'wrappers as values',
    config: { 'wrapper.for.nullables': 'true' },
    text: foreign,
    message: 'f.o.All',
    indexes: [1],
    json: foreignJson,
    expected: foreignValues(5),
  },
  { name: 'a nested message', config: {}, text: foreign, message: 'f.o.All.Inner', indexes: [1, 0], json: { s: 'n' }, expected: ['n'] },
];
