/** A promise with its handles outside: for the rare place where another party decides. */
export interface Latch<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export const createLatch = <T = void>(): Latch<T> => Promise.withResolvers<T>();
