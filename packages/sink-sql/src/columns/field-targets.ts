import type { FieldTarget } from '@headrace/connector-api';
import type { IsUnavailable } from '../types/unavailable.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';

/** The `op` of a change event. */
export class OpTarget implements FieldTarget {
  #code = 0;

  get isWrite(): boolean {
    return this.#code === codes.create || this.#code === codes.update || this.#code === codes.read;
  }

  get isDelete(): boolean {
    return this.#code === codes.delete;
  }

  none(): void {
    this.#code = 0;
  }

  number(): void {
    this.#code = 0;
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#code = end - start === 1 ? (source[start] ?? 0) : 0;
  }

  value(): void {
    this.#code = 0;
  }
}

const codes = { create: 0x63, update: 0x75, read: 0x72, delete: 0x64 } as const;

/** For a column that must have a value. */
export class RequiredTarget implements FieldTarget {
  readonly #target: FieldTarget;

  constructor(target: FieldTarget) {
    this.#target = target;
  }

  none(): void {
    throw new NotColumnar('A part of the key is null.');
  }

  number(value: number): void {
    this.#target.number(value);
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#target.text(source, start, end);
  }

  value(value: unknown): void {
    this.#target.value(value);
  }
}

/** For a column whose values may have been left out by the source: then only a part of the row is to be written. */
export class AvailableTarget implements FieldTarget {
  readonly #target: FieldTarget;
  readonly #isUnavailable: IsUnavailable;
  readonly #texts: readonly number[];

  constructor(target: FieldTarget, isUnavailable: IsUnavailable, placeholder: string) {
    this.#target = target;
    this.#isUnavailable = isUnavailable;
    // Bytes of the texts that may stand for such a value: itself, and as key and value of an object.
    this.#texts = [placeholder, JSON.stringify({ [placeholder]: placeholder })].map((text) => Buffer.byteLength(text));
  }

  none(): void {
    this.#target.none();
  }

  number(value: number): void {
    this.#target.number(value);
  }

  text(source: Buffer, start: number, end: number): void {
    if (this.#texts.includes(end - start)) this.#check(source.toString('utf8', start, end));
    this.#target.text(source, start, end);
  }

  value(value: unknown): void {
    this.#check(value);
    this.#target.value(value);
  }

  #check(value: unknown): void {
    if (this.#isUnavailable(value)) throw new NotColumnar('A value was left out by the source.');
  }
}
