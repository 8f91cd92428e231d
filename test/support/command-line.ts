/** The options that the words of the command line say; undefined, with the reason and the usage printed, where they say none. */
export const optionsOrUsage = <T>(parse: (words: readonly string[]) => T, usage: string): T | undefined => {
  try {
    return parse(process.argv.slice(2));
  } catch (failure) {
    console.error(`${(failure as Error).message}\n\n${usage}`);
    return undefined;
  }
};
