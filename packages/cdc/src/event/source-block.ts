import { primitive, structOf, type Schema, type StructSchema } from '@headrace/connector-api';
import { typeNames } from '../types/type-names.ts';

/** Values of `source.snapshot`. A streamed change leaves it unset (null), so that the default `false` is written. */
export type SnapshotMarker = 'true' | 'first' | 'first_in_data_collection' | 'last_in_data_collection' | 'last' | 'incremental';

const snapshotSchema = primitive('string', {
  isOptional: true,
  name: typeNames.enum,
  version: 1,
  parameters: { allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental' },
  defaultValue: 'false',
});

const required = (type: 'string' | 'int64'): Schema => primitive(type);
const optional = (type: 'string' | 'int64'): Schema => primitive(type, { isOptional: true });

/**
 * Schema of the source block: the nine common fields `version, connector, name, ts_ms, snapshot, db, sequence, ts_us,
 * ts_ns`, in this order, then the connector's own. Every connector's is version 1.
 */
export const sourceBlockSchema = (name: string, own: readonly (readonly [string, Schema])[]): StructSchema =>
  structOf(
    [
      ['version', required('string')],
      ['connector', required('string')],
      ['name', required('string')],
      ['ts_ms', required('int64')],
      ['snapshot', snapshotSchema],
      ['db', required('string')],
      ['sequence', optional('string')],
      ['ts_us', optional('int64')],
      ['ts_ns', optional('int64')],
      ...own,
    ],
    { name, version: 1 },
  );
