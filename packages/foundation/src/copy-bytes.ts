// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the source as its owner
const { copy } = Buffer.alloc(0);

/** Copies [start, end) of `source` to `at`. Unlike `set` it needs no view of the part, which in a hot loop is garbage by the gigabyte. */
// eslint-disable-next-line max-params -- called for every value: an object for the range would be garbage too
export const copyBytes = (target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void => {
  copy.call(source, target, at, start, end);
};
