import type { TargetColumn } from '../../table/table.ts';
import type { LogicalKind } from '../../types/logical-type.ts';
import { LiteralColumn } from './literal-column.ts';
import { TimestampColumn, ZonedColumn } from './moment-columns.ts';
import { DecimalColumn, IntegerColumn } from './number-columns.ts';
import { StringColumn } from './string-column.ts';

const integerKinds = new Set<LogicalKind>(['integer', 'year', 'micro-duration']);
/** Whose text is the string itself (`plainText`). */
const stringKinds = new Set<LogicalKind>(['string', 'uuid', 'json', 'xml', 'enum', 'enum-set', 'interval']);

/** The shortest way from a field to its literal that leaves the very text of the column's encoder, or an equal one. */
export const literalColumn = (column: TargetColumn): LiteralColumn => {
  const { type, columnType } = column;
  if (integerKinds.has(type.kind)) return new IntegerColumn(column);
  if (stringKinds.has(type.kind)) return new StringColumn(column);
  if (type.kind === 'timestamp' && type.unit !== 'ns') return new TimestampColumn(column, type.unit === 'ms' ? 3 : 6);
  if (type.kind === 'zoned-timestamp') return new ZonedColumn(column);
  const isDecimal = type.kind === 'decimal' && columnType.startsWith('decimal') && DecimalColumn.holds(type.scale);
  return isDecimal ? new DecimalColumn(column, type.scale) : new LiteralColumn(column);
};
