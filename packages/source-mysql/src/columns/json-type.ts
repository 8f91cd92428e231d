import { semantic, typeNames } from '@headrace/cdc';
import { columnType } from '../binlog/column-types.ts';
import { jsonText } from './binary-json.ts';
import type { ColumnType } from './sql-column.ts';
import { readResultText } from './text-types.ts';

/** MySQL's JSON: binary in the log, the server's own text in results. MariaDB's is LONGTEXT and does not come here. */
export const jsonType: ColumnType = {
  schema: semantic('string', typeNames.json),
  logReader: (wire) => (wire.type === columnType.json ? (cursor) => jsonText(cursor.view(cursor.uint(wire.metadata))) : undefined),
  resultReader: readResultText,
  fromDefault: () => undefined,
};
