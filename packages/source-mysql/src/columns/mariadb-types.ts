import { arrayOf, primitive } from '@headrace/connector-api';
import { semantic, typeNames } from '@headrace/cdc';
import { uuidText } from '../binlog/events.ts';
import type { ColumnType } from './sql-column.ts';
import { bytesReader, readResultText } from './text-types.ts';

/** VECTOR of either server: 32-bit floats one after the other, in the log and in results. */
export const vectorType: ColumnType = {
  schema: arrayOf(primitive('float32'), { name: 'io.debezium.data.FloatVector', version: 1 }),
  logReader: (wire) => bytesReader(wire, (cursor, length) => floats(cursor.view(length))),
  resultReader: (cursor) => floats(cursor.view(cursor.lengthEncoded())),
  fromDefault: () => undefined,
};

const floats = (bytes: Buffer): number[] => Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readFloatLE(index * 4));

/** MariaDB's UUID and INET types: bytes of fixed length in the log, without the zeros at their end; text in results. */
const fixedBytesType = (length: number, schema: ColumnType['schema'], toText: (bytes: Buffer) => string): ColumnType => ({
  schema,
  logReader: (wire) =>
    bytesReader(wire, (cursor, stored) => {
      const bytes = cursor.view(stored);
      return toText(stored === length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - stored)]));
    }),
  resultReader: readResultText,
  fromDefault: (text) => text,
});

export const uuidType: ColumnType = fixedBytesType(16, semantic('string', typeNames.uuid), uuidText);

export const inet4Type: ColumnType = fixedBytesType(4, primitive('string'), (bytes) => bytes.join('.'));

/** As the server prints it: the first longest run of zero groups, even a single one, becomes `::`. */
const inet6Text = (bytes: Buffer): string => {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  const gap = longestZeros(groups);
  const isMapped = gap.start === 0 && (gap.length === 6 || (gap.length === 5 && groups[5] === 0xffff));
  const words = groups.map((group) => group.toString(16));
  if (isMapped) words.splice(6, 2, bytes.subarray(12).join('.'));
  if (gap.length === 0) return words.join(':');
  return `${words.slice(0, gap.start).join(':')}::${words.slice(gap.start + gap.length).join(':')}`;
};

const longestZeros = (groups: readonly number[]): { start: number; length: number } => {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
};

export const inet6Type: ColumnType = fixedBytesType(16, primitive('string'), inet6Text);
