import type { LogicalType } from '../types/logical-type.ts';

type OfKind<K extends LogicalType['kind']> = Extract<LogicalType, { readonly kind: K }>;

const isLonger = (from: number | undefined, to: number | undefined): boolean => to === undefined || (from !== undefined && to >= from);

const isWiderDecimal = (from: OfKind<'decimal'>, to: OfKind<'decimal'>): boolean =>
  to.scale >= from.scale &&
  (to.precision === undefined || (from.precision !== undefined && to.precision - to.scale >= from.precision - from.scale));

/** Every value of the one type has an exact form in the other. */
export const isWidening = (from: LogicalType, to: LogicalType): boolean => {
  if (from.kind === 'integer' && to.kind === 'integer') return to.bits >= from.bits;
  if (from.kind === 'float' && to.kind === 'float') return to.bits >= from.bits;
  if (from.kind === 'decimal' && to.kind === 'decimal') return isWiderDecimal(from, to);
  if (from.kind === 'string' && to.kind === 'string') return isLonger(from.length, to.length);
  if (from.kind === 'bytes' && to.kind === 'bytes') return isLonger(from.length, to.length);
  return from.kind === 'integer' && to.kind === 'variable-decimal';
};

export const isSameType = (one: LogicalType, other: LogicalType): boolean => JSON.stringify(one) === JSON.stringify(other);
