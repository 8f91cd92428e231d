/**
 * The options that the words of the command line say; undefined, with the reason and the usage printed, where they say none.
 * `--help` prints the usage and ends the process with 0.
 */
export const optionsOrUsage = <T>(parse: (words: readonly string[]) => T, usage: string): T | undefined => {
  const words = process.argv.slice(2);
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parse(words);
  } catch (failure) {
    console.error(`${(failure as Error).message}\n\n${usage}`);
    return undefined;
  }
};
