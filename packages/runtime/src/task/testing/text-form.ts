import {
  EncodedRecords,
  RecordPlaces,
  type AppendValue,
  type BinaryConverter,
  type BinaryForm,
  type RecordOutput,
  type ValueOutput,
} from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';

/** The text of a value, which `?` has none of. */
export const textBytes = (value: unknown): Uint8Array | null => {
  if (value === '?') throw new RecordError('test.unencodable', 'Value cannot be written.');
  return value === null ? null : Buffer.from(value as string);
};

const unused = (): never => {
  throw new TypeError('Text is written raw.');
};

/** Texts one behind the other, like Avro's output for its values. */
class TextOutput implements RecordOutput {
  readonly #places = new RecordPlaces();
  readonly #topics: string[] = [];
  #bytes = Buffer.alloc(0);
  #topic = 0;
  #start = 0;
  #keyEnd = -1;
  readonly values: ValueOutput = {
    raw: (value) => {
      this.#bytes = Buffer.concat([this.#bytes, value]);
    },
    ...{ byte: unused, int: unused, long: unused, bigLong: unused, float: unused, double: unused },
    ...{ string: unused, text: unused, bytes: unused },
  };

  get count(): number {
    return this.#places.count;
  }

  get length(): number {
    return this.#start;
  }

  begin(topic: string): void {
    this.#bytes = this.#bytes.subarray(0, this.#start);
    if (!this.#topics.includes(topic)) this.#topics.push(topic);
    this.#topic = this.#topics.indexOf(topic);
  }

  endKey(): void {
    this.#keyEnd = this.#bytes.length;
  }

  nullKey(): void {
    this.#keyEnd = -1;
  }

  endValue(): void {
    this.#end(this.#bytes.length);
  }

  nullValue(): void {
    this.#end(-1);
  }

  take(headers: EncodedRecords['headers'], count: number): EncodedRecords {
    if (count !== this.count) throw new TypeError('Text is taken as a whole.');
    const bytes = this.#bytes;
    const places = this.#places.take(count);
    this.#bytes = Buffer.alloc(0);
    this.#start = 0;
    return new EncodedRecords({ topics: [...this.#topics], headers, bytes, places, count, onRelease: () => undefined });
  }

  #end(valueEnd: number): void {
    this.#places.add(this.#topic, this.#start, this.#keyEnd, valueEnd);
    this.#start = this.#bytes.length;
  }
}

const append: AppendValue = (output, value) => {
  const bytes = textBytes(value);
  if (bytes !== null) output.raw(bytes);
  return bytes !== null;
};

const textForm: BinaryForm = {
  name: 'text',
  createOutput: () => new TextOutput(),
  writerOf: () => (output, value) => {
    append(output, value);
  },
  bytesOf: (_schema, value) => textBytes(value) ?? new Uint8Array(0),
  tagsOf: () => ({ absent: 0, present: 1 }),
};

/** Text that can be written behind other text, nothing before it. */
export const textBinary: BinaryConverter = {
  form: textForm,
  appenderFor: () => Promise.resolve(append),
  headerOf: () => Promise.resolve(new Uint8Array(0)),
};
