/** The methods behind `Buffer.toString`, without its choice of an encoding per call. */
interface TextSlices {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/** Longer messages are not turned into text as a whole: their few long values dominate anyway. */
const MAX_WINDOW_BYTES = 2_048;

/**
 * The bytes of one row message, with its texts at hand. A call into native code per value would cost more than decoding
 * it; so the whole message becomes one string at the first text asked for, and values are cut from that.
 *
 * That is right only where bytes and characters stand at the same places. They do exactly when the string is as long as the
 * bytes: then every byte is ASCII, or part of a length between the values (which never stands at the start of a valid
 * multi-byte character). Otherwise values are decoded one by one.
 */
export class RowBytes {
  buffer: Buffer;
  #start = 0;
  #end = 0;
  #text: string | undefined;
  #isAligned = false;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
    this.open(buffer, 0, buffer.length);
  }

  /** Moves to another message. */
  open(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#text = undefined;
  }

  /** UTF-8 text at [start, end) of the buffer. */
  text(start: number, end: number): string {
    this.#text ??= this.#window();
    if (this.#isAligned) return this.#text.substring(start - this.#start, end - this.#start);
    return (this.buffer as unknown as TextSlices).utf8Slice(start, end);
  }

  /** ASCII text at [start, end): for a rare value that is not worth a text of the whole message. */
  ascii(start: number, end: number): string {
    return (this.buffer as unknown as TextSlices).latin1Slice(start, end);
  }

  #window(): string {
    const length = this.#end - this.#start;
    if (length > MAX_WINDOW_BYTES) {
      this.#isAligned = false;
      return '';
    }
    const text = (this.buffer as unknown as TextSlices).utf8Slice(this.#start, this.#end);
    this.#isAligned = text.length === length;
    return text;
  }
}
