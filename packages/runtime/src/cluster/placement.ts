/** `zone=a, disk=ssd` as an object; parts without a name or a value are left out (see `labelsProblem`). */
export const parseLabels = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    partsOf(text)
      .filter((part) => LABEL.test(part))
      .map((part) => part.split('=', 2).map((side) => side.trim()) as [string, string]),
  );

/** A sentence on the first part that is no label; undefined when all are. */
export const labelsProblem = (text: string): string | undefined => {
  const wrong = partsOf(text).find((part) => !LABEL.test(part));
  return wrong === undefined ? undefined : `Must be a list of name=value, comma separated, but "${wrong}" is not`;
};

const LABEL = /^[\w./-]+\s*=\s*[\w./:-]+$/;

const partsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
