import type { CdcConfig } from './cdc-config.ts';
import { includeExclude, patternList, type Matcher } from './pattern-list.ts';

/** What is captured, by Debezium's include and exclude lists. */
export interface CaptureFilter {
  /** `path` as in `tablePath`: `public.orders`, `shop.orders`. */
  isTableIncluded(path: string): boolean;
  /** Key columns are captured whatever this says. */
  isColumnIncluded(path: string, column: string): boolean;
  /** Whether the initial snapshot reads the table (`snapshot.include.collection.list`). */
  isInSnapshot(path: string): boolean;
  /** Columns of `message.key.columns` for a table, or undefined when its own key counts. */
  customKey(path: string): readonly string[] | undefined;
}

export const captureFilter = (config: CdcConfig): CaptureFilter => {
  const table = includeExclude(config['table.include.list'], config['table.exclude.list']);
  const column = includeExclude(config['column.include.list'], config['column.exclude.list']);
  const snapshot = includeExclude(config['snapshot.include.collection.list'], null);
  const keys = customKeys(config['message.key.columns']);
  return {
    isTableIncluded: table,
    isColumnIncluded: (path, name) => column(`${path}.${name}`),
    isInSnapshot: snapshot,
    customKey: (path) => keys.find((entry) => entry.matches(path))?.columns,
  };
};

interface CustomKey {
  readonly matches: Matcher;
  readonly columns: readonly string[];
}

/** `tableRegex:col1,col2;tableRegex:col`. */
const customKeys = (text: string | null): readonly CustomKey[] =>
  (text ?? '')
    .split(';')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const colon = entry.lastIndexOf(':');
      return {
        matches: patternList(entry.slice(0, colon)),
        columns: entry
          .slice(colon + 1)
          .split(',')
          .map((name) => name.trim()),
      };
    });
