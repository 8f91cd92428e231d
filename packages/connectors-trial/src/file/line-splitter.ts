/** A line without its end, and the position of the byte behind that end. */
export interface Line {
  readonly text: string;
  readonly end: number;
}

const LF = 0x0a;
const CR = 0x0d;

/** Cuts bytes into lines that end with LF, CR or CRLF; what has no end yet waits for more. Positions are bytes of the file. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);
  #start: number;

  /** @param start position of the first byte that will be pushed */
  constructor(start: number) {
    this.#start = start;
  }

  /** Position of the next byte to read. */
  get next(): number {
    return this.#start + this.#rest.length;
  }

  push(bytes: Uint8Array): readonly Line[] {
    const buffer = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const lines: Line[] = [];
    let from = 0;
    for (let at = 0; at < buffer.length; at += 1) {
      const isReturn = buffer[at] === CR;
      if (buffer[at] !== LF && !isReturn) continue;
      // The last byte may be half of a CRLF.
      if (isReturn && at + 1 === buffer.length) break;
      const end = isReturn && buffer[at + 1] === LF ? at + 2 : at + 1;
      lines.push({ text: buffer.toString('utf8', from, at), end: this.#start + end });
      from = end;
      at = end - 1;
    }
    this.#start += from;
    this.#rest = buffer.subarray(from);
    return lines;
  }
}
