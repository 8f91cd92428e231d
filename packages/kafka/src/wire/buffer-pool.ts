import { freeBytes } from '@headrace/foundation';

/** Sizes a builder grows through, and the usual size of a whole batch; larger buffers are made to measure and not kept. */
const sizeClasses = [16, 64, 256, 512, 1_024].map((kib) => kib * 1_024);
const keptBytesPerClass = 8 * 1_024 * 1_024;

/** Standing buffers for batches, so that encoding allocates nothing in steady state. */
export class BufferPool {
  readonly #free: Buffer[][] = sizeClasses.map(() => []);

  /** A buffer of at least `bytes`; its content is undefined. */
  take(bytes: number): Buffer {
    const index = sizeClasses.findIndex((size) => size >= bytes);
    if (index < 0) return Buffer.allocUnsafeSlow(bytes);
    return this.#free[index]?.pop() ?? Buffer.allocUnsafeSlow(sizeClasses[index] ?? bytes);
  }

  /** Only for buffers that nothing refers to any more: they are filled anew, or freed at once. */
  give(buffer: Buffer): void {
    const index = sizeClasses.indexOf(buffer.length);
    const free = this.#free[index];
    if (free !== undefined && (free.length + 1) * buffer.length <= keptBytesPerClass) free.push(buffer);
    else freeBytes(buffer);
  }
}
