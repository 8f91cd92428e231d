/**
 * How values that `R` reads are written by `W` without being read first. Known by the reader they stand for, and by nothing
 * else: a column whose reader is replaced or wrapped (to mask it, say) has none, and its values are read first.
 */
export class KnownWriters<R extends WeakKey, W> {
  readonly #writers = new WeakMap<R, W>();

  /** Says how values of `read` can be written; returns `read`. */
  readonly with = (read: R, write: W): R => {
    this.#writers.set(read, write);
    return read;
  };

  readonly of = (read: R): W | undefined => this.#writers.get(read);
}
