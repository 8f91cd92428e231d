/** One step into a document: to a member of an object, or to a cell of an array. */
export type PathStep = string | ArrayCell;

export interface ArrayCell {
  readonly index: number;
  /** Counted back from the last cell, which is 0. */
  readonly isFromEnd: boolean;
}

/** `.name`, `."any \"text\""`, `[3]`, `[last]`, `[last-2]`: paths in the log have neither wildcards nor blanks. */
const stepForm = /\.(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<name>[^."[\s*]+))|\[(?:(?<index>\d+)|last(?:-(?<back>\d+))?)\]/gsuy;

/** Steps of a path as the log has it, `$` first. Throws RangeError for one that cannot be understood. */
export const pathSteps = (path: string): readonly PathStep[] => {
  const found = [...path.slice(1).matchAll(stepForm)];
  const understood = found.reduce((length, [text]) => length + text.length, 1);
  if (!path.startsWith('$') || understood !== path.length) throw new RangeError(`the path ${path} cannot be understood`);
  return found.map(({ groups = {} }) => stepOf(groups));
};

const stepOf = ({ quoted, name, index, back }: Readonly<Record<string, string | undefined>>): PathStep => {
  if (quoted !== undefined) return JSON.parse(quoted) as string;
  if (name !== undefined) return name;
  return index === undefined ? { index: Number(back ?? 0), isFromEnd: true } : { index: Number(index), isFromEnd: false };
};
