/** hstore: the text `"a"=>"1", "b"=>NULL` as a JSON object or a map, with its pairs in the order that Debezium gives them. */
import { javaJson, mapOf, primitive } from '@headrace/connector-api';
import { semantic, typeNames } from '@headrace/cdc';
import type { TypeFactory } from './column-type.ts';

type Pairs = ReadonlyMap<string, string | null>;

const PAIR = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/gs;

export const hstore: TypeFactory = (_modifier, { hstore: form, placeholder }) => {
  const mark = placeholder.toString('utf8');
  const unavailable: Pairs = new Map([[mark, mark]]);
  if (form === 'map') {
    return {
      schema: mapOf(primitive('string'), primitive('string', { isOptional: true })),
      decode: (row, start, end) => pairsOf(row.text(start, end)),
      unavailable,
      fallback: new Map(),
    };
  }
  return {
    schema: semantic('string', typeNames.json),
    decode: (row, start, end) => jsonOf(pairsOf(row.text(start, end))),
    unavailable: jsonOf(unavailable),
    fallback: '{}',
  };
};

const pairsOf = (text: string): Pairs =>
  inHashOrder(
    Array.from(text.matchAll(PAIR), ([, key = '', value]) => [unescape(key), value === undefined ? null : unescape(value)] as const),
  );

const unescape = (quoted: string): string => quoted.replaceAll(/\\(.)/gs, '$1');

/** Not by an object, which puts keys that are numbers first. */
const jsonOf = (pairs: Pairs): string =>
  `{${Array.from(pairs, ([key, value]) => `${javaJson(key)}:${value === null ? 'null' : javaJson(value)}`).join(',')}}`;

/** Pairs as a Java HashMap goes through them: by bucket, in a bucket as they came. */
const inHashOrder = (pairs: readonly (readonly [string, string | null])[]): Pairs => {
  const buckets = Math.max(16, 2 ** Math.ceil(Math.log2(pairs.length / 0.75)));
  const bucketOf = (key: string): number => {
    const hash = javaHash(key);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return new Map(pairs.toSorted(([left], [right]) => bucketOf(left) - bucketOf(right)));
};

const javaHash = (text: string): number => {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
};
