import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { documentBytes } from '../../test/json-bytes.ts';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { changedDocument } from '../json/json-diff.ts';
import { WholeRows } from './whole-rows.ts';

const column = (type: number, metadata: number): WireColumn => ({ type, metadata, isNullable: true });
const json = column(columnType.json, 4);
const wires = [json, column(columnType.long, 0), json, column(columnType.varchar, 20), json];

const withLength = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** `{"a": ...}`, and its change to another value. */
const document = documentBytes({ a: 1 }, false);
const changes = Buffer.concat([Buffer.from([0, 3]), Buffer.from('$.a'), Buffer.from([3]), documentBytes(7, false)]);
const changed = changedDocument(document, new ByteCursor(changes), changes.length);

const others = [Buffer.from([1, 2, 3, 4]), Buffer.from('\u0003abc')];

const image = (documents: readonly (Buffer | null)[]): Buffer => {
  const [first = null, second = null, third = null] = documents;
  const values = [first && withLength(first), others[0], second && withLength(second), others[1], third && withLength(third)];
  const nulls = values.reduce((bits, value, index) => bits | (value === null ? 1 << index : 0), 0);
  return Buffer.concat([Buffer.of(nulls), ...values.flatMap((value) => (value instanceof Buffer ? [value] : []))]);
};

type Case = 'null' | 'whole' | 'changed' | 'same';

/** The new image of a document's column: in a partial row, and in a whole one. */
const forms: Readonly<Record<Case, readonly [Buffer | null, Buffer | null]>> = {
  null: [null, null],
  whole: [document, document],
  changed: [changes, changed],
  same: [Buffer.alloc(0), document],
};

const row = fc.array(fc.constantFrom<Case>('null', 'whole', 'changed', 'same'), { minLength: 3, maxLength: 3 });

test('rows of a partial update are those of a full one, whatever columns hold changes', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      const old = image([document, document, document]);
      const partial = rows.map((cases) => {
        const bits = cases.reduce((set, form, index) => set | (form === 'changed' || form === 'same' ? 1 << index : 0), 0);
        const options = bits === 0 ? Buffer.of(0) : Buffer.from([1, bits]);
        return Buffer.concat([old, options, image(cases.map((form) => forms[form][0]))]);
      });
      const full = rows.map((cases) => Buffer.concat([old, image(cases.map((form) => forms[form][1]))]));
      expect(new WholeRows(wires).read(new ByteCursor(Buffer.concat(partial)))).toEqual(Buffer.concat(full));
    }),
  );
});

test('changes of a document that is not there are refused', () => {
  const bytes = Buffer.concat([image([null, null, null]), Buffer.from([1, 1]), image([changes, null, null])]);
  expect(() => new WholeRows(wires).read(new ByteCursor(bytes))).toThrow('there is no document to change');
});

test('a column of unknown length is refused', () => {
  expect(() => new WholeRows([column(200, 0)])).toThrow('the length of a column is not known');
});
