import { isContainer, isInlined, JsonContainer, jsonKind, variableLength } from './json-layout.ts';

/** A member of an object, or a cell of an array: that has no key. */
interface Member {
  readonly key: string | undefined;
  node: JsonNode;
}

const fixedWidths = new Map<number, number>([
  [jsonKind.literal, 1],
  [jsonKind.int16, 2],
  [jsonKind.uint16, 2],
  [jsonKind.int32, 4],
  [jsonKind.uint32, 4],
  [jsonKind.int64, 8],
  [jsonKind.uint64, 8],
  [jsonKind.double, 8],
]);

/** As the server orders the keys of an object. */
const compareKeys = (one: string, other: string): number => {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length - b.length || a.compare(b);
};

/**
 * A value of a binary document that can be changed. It is the server's bytes until a change leads into it; only what was
 * opened is laid out anew, so that a small change of a large document costs little more than its copy.
 */
export class JsonNode {
  readonly #kind: number;
  /** As they lie in the log; of no interest once it is opened. */
  readonly #bytes: Buffer;
  #members: Member[] | undefined;

  private constructor(kind: number, bytes: Buffer) {
    this.#kind = kind;
    this.#bytes = bytes;
  }

  /** Of a document's bytes, its type byte first. Throws RangeError for a type that is not known. */
  static parse(document: Buffer): JsonNode {
    return JsonNode.#at(document[0] ?? 0, document, 1);
  }

  static #at(kind: number, bytes: Buffer, start: number): JsonNode {
    return new JsonNode(kind, bytes.subarray(start, start + valueBytes(kind, bytes, start)));
  }

  static #membersOf(container: JsonContainer): Member[] {
    return Array.from({ length: container.count }, (_, index) => ({
      key: container.isObject ? container.key(index) : undefined,
      node: JsonNode.#at(container.kind(index), container.bytes, container.place(index)),
    }));
  }

  get isObject(): boolean {
    return this.#kind === jsonKind.smallObject || this.#kind === jsonKind.largeObject;
  }

  get isArray(): boolean {
    return isContainer(this.#kind) && !this.isObject;
  }

  /** Cells of an array, members of an object; 0 for other values. */
  get count(): number {
    return isContainer(this.#kind) ? this.#open().length : 0;
  }

  /** Place of an object's member; -1: there is none of that name, or the value is no object. */
  placeOf(key: string): number {
    return this.isObject ? this.#open().findIndex((member) => member.key === key) : -1;
  }

  /** undefined: there is no such place. */
  at(place: number): JsonNode | undefined {
    return place < 0 || place >= this.count ? undefined : this.#open()[place]?.node;
  }

  replace(place: number, node: JsonNode): void {
    const member = this.#open()[place];
    if (member !== undefined) member.node = node;
  }

  remove(place: number): void {
    this.#open().splice(place, 1);
  }

  /** Into an array, before the cell at `place`. */
  insert(place: number, node: JsonNode): void {
    this.#open().splice(place, 0, { key: undefined, node });
  }

  /** Into an object that has no member of that name. */
  add(key: string, node: JsonNode): void {
    const members = this.#open();
    const next = members.findIndex((member) => compareKeys(member.key ?? '', key) > 0);
    members.splice(next < 0 ? members.length : next, 0, { key, node });
  }

  /** The document as bytes. */
  toDocument(): Buffer {
    const { kind, bytes } = this.#layOut();
    return Buffer.concat([Buffer.of(kind), bytes]);
  }

  #open(): Member[] {
    return (this.#members ??= JsonNode.#membersOf(new JsonContainer(this.#kind, this.#bytes, 0)));
  }

  /** What was opened becomes large: any place fits there. */
  #layOut(): { readonly kind: number; readonly bytes: Buffer } {
    if (this.#members === undefined) return { kind: this.#kind, bytes: this.#bytes };
    const values = this.#members.map(({ node }) => node.#layOut());
    const keys = this.isObject ? this.#members.map(({ key = '' }) => Buffer.from(key)) : [];
    return { kind: this.isObject ? jsonKind.largeObject : jsonKind.largeArray, bytes: largeContainer(keys, values) };
  }
}

/** Bytes that a value takes. */
const valueBytes = (kind: number, bytes: Buffer, start: number): number => {
  const fixed = fixedWidths.get(kind);
  if (fixed !== undefined) return fixed;
  if (isContainer(kind)) return new JsonContainer(kind, bytes, start).size;
  // The type inside an opaque value goes before its length.
  const lengthAt = kind === jsonKind.opaque ? start + 1 : start;
  if (kind !== jsonKind.opaque && kind !== jsonKind.string) throw new RangeError(`a JSON value has the unknown type ${String(kind)}`);
  const text = variableLength(bytes, lengthAt);
  return text.start + text.length - start;
};

const NUMBER_BYTES = 4;
const KEY_ENTRY_BYTES = NUMBER_BYTES + 2;
const VALUE_ENTRY_BYTES = 1 + NUMBER_BYTES;

const largeContainer = (keys: readonly Buffer[], values: readonly { readonly kind: number; readonly bytes: Buffer }[]): Buffer => {
  const heads = Buffer.alloc(2 * NUMBER_BYTES + keys.length * KEY_ENTRY_BYTES + values.length * VALUE_ENTRY_BYTES);
  const parts: Buffer[] = [heads];
  let entry = 2 * NUMBER_BYTES;
  let free = heads.length;
  const append = (bytes: Buffer): number => {
    parts.push(bytes);
    free += bytes.length;
    return free - bytes.length;
  };
  for (const key of keys) {
    heads.writeUInt32LE(append(key), entry);
    heads.writeUInt16LE(key.length, entry + NUMBER_BYTES);
    entry += KEY_ENTRY_BYTES;
  }
  for (const { kind, bytes } of values) {
    heads[entry] = kind;
    if (isInlined(kind, true)) heads.set(bytes, entry + 1);
    else heads.writeUInt32LE(append(bytes), entry + 1);
    entry += VALUE_ENTRY_BYTES;
  }
  heads.writeUInt32LE(values.length, 0);
  heads.writeUInt32LE(free, NUMBER_BYTES);
  return Buffer.concat(parts);
};
