import { LiteralColumn } from './literal-column.ts';

const codes = { nul: 0x00, quote: 0x27, zero: 0x30, backslash: 0x5c } as const;

const needsEscape = (byte: number): boolean => byte === codes.quote || byte === codes.backslash || byte === codes.nul;

/** Texts whose literal is the string itself. */
export class StringColumn extends LiteralColumn {
  override text(source: Buffer, start: number, end: number): void {
    let at = this.cells.room(2 * (end - start) + 2);
    const { bytes } = this.cells;
    bytes[at] = codes.quote;
    at += 1;
    for (let from = start; from < end; from += 1, at += 1) {
      const byte = source[from] ?? 0;
      if (needsEscape(byte)) {
        bytes[at] = codes.backslash;
        at += 1;
      }
      bytes[at] = byte === codes.nul ? codes.zero : byte;
    }
    bytes[at] = codes.quote;
    this.cells.add(at + 1);
  }
}
