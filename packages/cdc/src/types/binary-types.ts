import { primitive, type PrimitiveSchema } from '@headrace/connector-api';

/** `binary.handling.mode`. */
export type BinaryMode = 'bytes' | 'base64' | 'base64-url-safe' | 'hex';

export interface BinaryType {
  readonly schema: PrimitiveSchema;
  readonly fromBytes: (bytes: Buffer) => Uint8Array | string;
}

/** How a binary column is represented. Base64 is padded in both alphabets, hex is in lower case. */
export const binaryType = (mode: BinaryMode): BinaryType => {
  switch (mode) {
    case 'bytes':
      return { schema: primitive('bytes'), fromBytes: (bytes) => bytes };
    case 'base64':
      return { schema: primitive('string'), fromBytes: (bytes) => bytes.toString('base64') };
    case 'base64-url-safe':
      return { schema: primitive('string'), fromBytes: (bytes) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_') };
    case 'hex':
      return { schema: primitive('string'), fromBytes: (bytes) => bytes.toString('hex') };
  }
};
