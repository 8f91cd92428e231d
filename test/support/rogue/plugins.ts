import { defineConfig, defineSourceConnector, type SourceTask } from '@headrace/connector-api';

const config = defineConfig({
  how: { type: 'STRING', values: ['loop', 'heap', 'buffers'], importance: 'HIGH', doc: 'Never yields, or grows on the heap or beside it.' },
});

const pieceBytes = 4 * 1_024 * 1_024;
const pieceEveryMs = 10;

/** Looks healthy, and then takes what it can get. */
class RogueTask implements SourceTask {
  readonly #how: string;
  readonly #hoard: unknown[] = [];

  constructor(how: string) {
    this.#how = how;
  }

  async start(): Promise<void> {
    // It looks like any other.
  }

  async poll(): Promise<null> {
    while (this.#how === 'loop') this.#hoard.length = 0;
    this.#hoard.push(this.#how === 'heap' ? Array.from({ length: pieceBytes / 8 }, (_, index) => index / 3) : Buffer.alloc(pieceBytes, 1));
    await new Promise((resolve) => {
      setTimeout(resolve, pieceEveryMs);
    });
    return null;
  }

  acknowledge(): void {
    // It has given nothing.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

/** What `headrace.plugins` of package.json promises. */
export const plugins = [
  defineSourceConnector({
    name: 'rogue',
    classNames: ['org.example.RogueSourceConnector'],
    version: '1.0.0',
    config,
    planTasks: (raw) => [raw],
    createTask: ({ how }) => new RogueTask(how),
  }),
];
