import { createHash } from 'node:crypto';
import { primitive, type Schema } from '@headrace/connector-api';

/** What becomes of the texts of a column before anybody sees them. */
export type ColumnMask =
  | { readonly kind: 'chars'; readonly length: number }
  | { readonly kind: 'truncate'; readonly length: number }
  /** `version` 1 hashes the text as Java serializes it, 2 its UTF-8 bytes. */
  | { readonly kind: 'hash'; readonly version: 1 | 2; readonly algorithm: string; readonly salt: string };

/** A mask on one column. */
export interface MaskedColumn {
  /** Of the values, without what only Value structs say. */
  readonly schema: Schema;
  /** What the field of a Value struct says of the mask. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Stands for every value, null included; null: each value is masked by `apply`. */
  readonly constant: string | null;
  /** Masks a value that is not null. */
  readonly apply: (value: unknown) => unknown;
}

/** Why a column cannot be masked: it holds no text and would be seen; all rows would have one key. */
export type MaskProblem = 'not-text' | 'same-key';

export interface MaskSubject {
  /** Of the column's values. */
  readonly schema: Schema;
  readonly isKey: boolean;
  /** Characters the column holds at most, null for any number: hashes are cut to it. */
  readonly columnLength: number | null;
}

/**
 * The mask on a column; undefined where it has no effect. Texts in keys are not truncated, and not hidden altogether: rows
 * with different keys would become one.
 */
export const maskColumn = (mask: ColumnMask, { schema, isKey, columnLength }: MaskSubject): MaskedColumn | MaskProblem | undefined => {
  if (mask.kind === 'truncate' && (isKey || schema.type !== 'string')) return undefined;
  if (schema.type !== 'string') return 'not-text';
  switch (mask.kind) {
    case 'truncate':
      // Half a JSON text or UUID is none any more, and nothing secret is left out: such a column stays as it is.
      if (schema.name !== undefined) return undefined;
      return {
        schema,
        parameters: { truncateLength: String(mask.length) },
        constant: null,
        apply: (value) => String(value).slice(0, mask.length),
      };
    case 'chars': {
      if (isKey) return 'same-key';
      const constant = '*'.repeat(mask.length);
      return { schema: plainText(schema), parameters: masked, constant, apply: () => constant };
    }
    case 'hash':
      return { schema: plainText(schema), parameters: masked, constant: null, apply: hashing(mask, columnLength) };
  }
};

const masked = { masked: 'true' } as const;

/** A masked UUID or enum label is none: only that it is a text remains true. */
const plainText = ({ isOptional }: Schema): Schema => primitive('string', { isOptional });

const hashing = (
  { version, algorithm, salt }: Extract<ColumnMask, { kind: 'hash' }>,
  columnLength: number | null,
): ((value: unknown) => string) => {
  const bytesOf = version === 1 ? javaSerialized : (text: string): Buffer => Buffer.from(text, 'utf8');
  return (value) => {
    const digest = createHash(algorithm)
      .update(salt)
      .update(bytesOf(String(value)))
      .digest('hex');
    return columnLength === null ? digest : digest.slice(0, columnLength);
  };
};

/** A string as Java's ObjectOutputStream writes it: stream header, tag, length, modified UTF-8. */
const javaSerialized = (text: string): Buffer => {
  const body = modifiedUtf8(text);
  const isLong = body.length > 0xffff;
  const head = Buffer.alloc(isLong ? 13 : 7);
  head.writeUInt32BE(0xaced0005, 0);
  head[4] = isLong ? 0x7c : 0x74;
  if (isLong) head.writeBigUInt64BE(BigInt(body.length), 5);
  else head.writeUInt16BE(body.length, 5);
  return Buffer.concat([head, body]);
};

/** UTF-8 of each UTF-16 unit alone, with zero in two bytes. */
const modifiedUtf8 = (text: string): Buffer => {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x01 && unit <= 0x7f) bytes.push(unit);
    else if (unit <= 0x7ff) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
};
