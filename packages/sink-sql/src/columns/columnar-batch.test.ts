import type { EncodedRecord, FieldReading } from '@headrace/connector-api';
import { InvariantError, RecordError } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { postgresColumns } from '../postgres/postgres-columns.ts';
import { ColumnarBatches } from './columnar-batch.ts';

const place = { bytes: Buffer.from('bytes'), keyStart: 0, keyEnd: -1, valueStart: 0, valueEnd: 5 };
const record: EncodedRecord = { topic: 't', partition: 0, offset: 0n, ...place };

/** Batches whose values are read so. */
const batchesReading = (schemaOf: FieldReading['schemaOf']): ColumnarBatches => {
  const reading: FieldReading = { schemaOf, compile: () => undefined };
  return new ColumnarBatches({
    reader: { generation: 0, known: () => undefined },
    reading: { key: reading, value: reading },
    statements: postgresColumns,
    mode: 'upsert',
    appliesDeletes: true,
    placeholder: '',
    isFull: () => false,
  });
};

describe('Columnar batches', () => {
  test('leave to objects what is new, and bytes that cannot be read', () => {
    const isNew = batchesReading(() => undefined);
    expect(isNew.build([record], 0)).toBeUndefined();
    const isBroken = batchesReading(() => {
      throw new RecordError('test.malformed', 'Bytes end too early.');
    });
    expect(isBroken.build([record], 0)).toBeUndefined();
  });

  test.each([new InvariantError('test.bug', 'A bug.'), new TypeError('Cannot read properties of undefined.')])(
    'do not hide a bug behind objects: %s',
    (bug) => {
      const batches = batchesReading(() => {
        throw bug;
      });
      expect(() => batches.build([record], 0)).toThrow(bug);
    },
  );
});
