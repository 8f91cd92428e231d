import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { documentBytes } from '../../test/json-bytes.ts';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { jsonText } from '../columns/binary-json.ts';
import { changedDocument } from './json-diff.ts';

type Container = Record<string, unknown> | unknown[];

/** One change as a test wants it: where it goes is found by `turns` in whatever document it meets. */
interface Wish {
  readonly turns: readonly number[];
  readonly code: number;
  readonly name: string;
  readonly value: unknown;
  readonly isFromEnd: boolean;
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;
const nameStep = (name: string): string => (/^[a-z]+$/i.test(name) ? `.${name}` : `.${JSON.stringify(name)}`);

/** Steps into what a path ends in; the text of the path. */
const walk = (root: Container, turns: readonly number[]): { readonly at: Container; readonly path: string } => {
  let at = root;
  let path = '$';
  for (const turn of turns) {
    const entries = Object.entries(at);
    const [key, next] = entries[turn % Math.max(entries.length, 1)] ?? [];
    if (key === undefined || !isContainer(next)) break;
    path += Array.isArray(at) ? `[${key}]` : nameStep(key);
    at = next;
  }
  return { at, path };
};

const cellStep = (index: number, length: number, isFromEnd: boolean): string => {
  const back = length - 1 - index;
  if (!isFromEnd || back < 0) return `[${String(index)}]`;
  return back === 0 ? '[last]' : `[last-${String(back)}]`;
};

/** Each returns the last step of the path it went to; undefined: there was nothing to do. */
const changeArray = (cells: unknown[], place: number, { code, value, isFromEnd }: Wish): string | undefined => {
  const { length } = cells;
  const index = place % (code === 1 ? length + 1 : Math.max(length, 1));
  if (code !== 1 && length === 0) return undefined;
  cells.splice(index, code === 1 ? 0 : 1, ...(code === 2 ? [] : [value]));
  return cellStep(index, length, isFromEnd);
};

const changeObject = (members: Record<string, unknown>, place: number, { code, name, value }: Wish): string | undefined => {
  const names = Object.keys(members);
  const key = code === 1 ? name : names[place % Math.max(names.length, 1)];
  if (key === undefined || (code === 1 && names.includes(key))) return undefined;
  if (code === 2) Reflect.deleteProperty(members, key);
  else members[key] = value;
  return nameStep(key);
};

/** Does it to the plain document; the path it went to, undefined where there is nothing to do. */
const changePlain = (root: Container, wish: Wish): string | undefined => {
  const { at, path } = walk(root, wish.turns);
  const place = wish.turns.at(-1) ?? 0;
  const step = Array.isArray(at) ? changeArray(at, place, wish) : changeObject(at, place, wish);
  return step === undefined ? undefined : path + step;
};

const lengthEncoded = (bytes: Buffer): Buffer => {
  if (bytes.length < 251) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const head = Buffer.of(252, 0, 0);
  head.writeUInt16LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

const changeBytes = (code: number, path: string, value: unknown): Buffer =>
  Buffer.concat([
    Buffer.of(code),
    lengthEncoded(Buffer.from(path)),
    code === 2 ? Buffer.alloc(0) : lengthEncoded(documentBytes(value, false)),
  ]);

const changed = (document: Buffer, changes: Buffer): Buffer => {
  const bytes = Buffer.concat([Buffer.from('before'), changes, Buffer.from('behind')]);
  return changedDocument(document, new ByteCursor(bytes, 6), 6 + changes.length);
};

const plainValue = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
const plainName = fc.string({ unit: 'grapheme', maxLength: 6 }).filter((name) => name !== '__proto__');
const plainDocument: fc.Arbitrary<Container> = fc.oneof(fc.array(plainValue), fc.dictionary(plainName, plainValue));
const wish: fc.Arbitrary<Wish> = fc.record({
  turns: fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
  code: fc.nat(2),
  name: plainName,
  value: plainValue,
  isFromEnd: fc.boolean(),
});

describe('changes of a document', () => {
  test.each([false, true])('are made as to the plain value, and the text has the order of the server (large containers: %p)', (isLarge) => {
    fc.assert(
      fc.property(plainDocument, fc.array(wish, { maxLength: 6 }), (document, wishes) => {
        const plain = structuredClone(document);
        const changes = wishes.flatMap((each) => {
          const path = changePlain(plain, structuredClone(each));
          return path === undefined ? [] : [changeBytes(each.code, path, each.value)];
        });
        const after = changed(documentBytes(document, isLarge), Buffer.concat(changes));
        expect(jsonText(after)).toBe(jsonText(documentBytes(plain, isLarge)));
      }),
      { numRuns: 500 },
    );
  });

  test('what is not changed keeps its bytes, also of types that JSON does not know', () => {
    const opaque = Buffer.from('0ff6040402 8c2d'.replaceAll(' ', ''), 'hex');
    const changes = Buffer.concat([
      Buffer.of(1),
      lengthEncoded(Buffer.from('$.d')),
      lengthEncoded(opaque),
      changeBytes(0, '$.a', 'y'.repeat(300)),
    ]);
    expect(jsonText(changed(documentBytes({ a: 1, e: [1, 2] }, false), changes))).toBe(`{"a":"${'y'.repeat(300)}","d":12.45,"e":[1,2]}`);
  });

  test('a cell outside an array is inserted as its first or its last one', () => {
    const insert = (path: string): string => jsonText(changed(documentBytes([1, 2], false), changeBytes(1, path, 9)));
    expect([insert('$[7]'), insert('$[last-7]')]).toEqual(['[1,2,9]', '[9,1,2]']);
  });

  test.each([
    [0, '$.b', 'does not fit'],
    [0, '$', 'does not fit'],
    [0, '$[0]', 'does not fit'],
    [0, '$.l[2]', 'does not fit'],
    [1, '$.a', 'does not fit'],
    [1, '$.a.b', 'does not fit'],
    [1, '$.l.b', 'does not fit'],
    [2, '$.b', 'does not fit'],
    [3, '$.a', 'does not fit'],
    [0, '$.*', 'cannot be understood'],
    [0, 'a.b', 'cannot be understood'],
  ])('operation %p at %p is refused where it cannot be done', (code, path, reason) => {
    expect(() => changed(documentBytes({ a: 1, l: [1, 2] }, false), changeBytes(code, path, 1))).toThrow(reason);
  });
});
