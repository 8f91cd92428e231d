/** One thing that a plugin has to do. `run` rejects with a sentence where it does not; any test runner can call it. */
export interface Check {
  readonly name: string;
  run(): Promise<void>;
}

/** A check whose `run` rejects however `verify` fails. */
export const check = (name: string, verify: () => void | Promise<void>): Check => ({
  name,
  run: async () => {
    await verify();
  },
});

/** Fails a check with a sentence. */
export const demand: (condition: boolean, sentence: string) => asserts condition = (condition, sentence) => {
  if (!condition) throw new Error(sentence);
};

const patienceMs = 10_000;

/** Rejects with a sentence when `work` has not settled in time. */
export const inTime = async <T>(what: string, work: PromiseLike<T>, ms: number = patienceMs): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} took longer than ${String(ms)} ms.`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The same content, Buffers and Structs included. */
export const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${String(part)}n` : part));
