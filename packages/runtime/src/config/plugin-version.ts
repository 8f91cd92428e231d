/**
 * Whether a version satisfies what `*.plugin.version` asks for: nothing or `latest` takes any, `1.2.3` only itself,
 * `[1.0,2.0)` the versions between. undefined: the text is neither.
 */
export const satisfiesVersion = (wanted: string, version: string): boolean | undefined => {
  const text = wanted.trim();
  if (text === '' || text.toLowerCase() === 'latest') return true;
  const range = /^([[(])([^,\])[(]*)(?:(,)([^,\])[(]*))?([\])])$/.exec(text);
  if (range === null) return /[[\](),]/.test(text) ? undefined : compareVersions(version, text) === 0;
  const [, open, from = '', comma, to = '', close] = range;
  if (comma === undefined) return open === '[' && close === ']' && from !== '' ? compareVersions(version, from.trim()) === 0 : undefined;
  return isAbove(version, from.trim(), open === '[') && isAbove(to.trim(), version, close === ']', true);
};

/** `low` <= or < `high`; an empty bound is none. */
const isAbove = (high: string, low: string, isInclusive: boolean, isHighBound = false): boolean => {
  if ((isHighBound ? high : low) === '') return true;
  const order = compareVersions(high, low);
  return isInclusive ? order >= 0 : order > 0;
};

/** Numbers as numbers, the rest as text; missing parts count as zero. */
const compareVersions = (left: string, right: string): number => {
  const [a, b] = [left, right].map((text) => text.split(/[.-]/)) as [string[], string[]];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = comparePart(a[index] ?? '0', b[index] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
};

const comparePart = (left: string, right: string): number => {
  const isNumeric = /^\d+$/.test(left) && /^\d+$/.test(right);
  if (isNumeric) return Number(left) - Number(right);
  return left === right ? 0 : left < right ? -1 : 1;
};
