import type { EncodedValue } from '../dialect/row-statements.ts';
import type { TargetColumn } from '../table/table.ts';
import { binaryArray, binaryTextArray, textOids } from './binary-array.ts';
import { binaryForm } from './binary-values.ts';
import { arrayElement } from './postgres-types.ts';

/**
 * Rows travel as one array per column: the text of a statement depends on its columns alone, so it is prepared once and
 * the number of rows meets no limit of parameters. Arrays are binary where their values are: numbers, moments and texts.
 */
export const arrayParameter = (column: TargetColumn, values: readonly EncodedValue[]): string | Buffer => {
  const form = binaryForm(column.columnType);
  if (form !== undefined && values.every(isNumberOrNull)) return binaryArray(form, values);
  const texts =
    form === undefined ? (values as (string | null)[]) : values.map((value) => (typeof value === 'number' ? form.text(value) : value));
  const oid = textOids[column.columnType];
  return oid === undefined ? arrayLiteral(column, texts) : binaryTextArray(oid, texts);
};

const isNumberOrNull = (value: EncodedValue): value is number | null => typeof value === 'number' || value === null;

const arrayLiteral = (column: TargetColumn, texts: readonly (string | null)[]): string => {
  const element = isArray(column) ? quotedArrays : arrayElement(column.type);
  return `{${texts.map((text) => (text === null ? 'NULL' : element(text))).join(',')}}`;
};

export const isArray = (column: TargetColumn): boolean => column.columnType.endsWith('[]');
const quotedArrays = arrayElement({ kind: 'string', length: undefined });
