import { describe, expect, test } from '@jest/globals';
import { predicates } from '../predicates/predicates.ts';
import { transforms } from '../transforms.ts';
import { normalised, outcomesOf, readGoldenFile, type GoldenCase, type GoldenFile } from './golden.ts';

/** Cases by name, and why ours differ. */
export type Differences = readonly (readonly [RegExp, string])[];

/** Holds our plugins to a golden file. A case that is said to differ and does not fails, so that the list stays true. */
export const goldenSuite = (original: string, fileName: string, differences: Differences): void => {
  const file = readGoldenFile(fileName);
  const differs = ({ name }: GoldenCase): boolean => differences.some(([pattern]) => pattern.test(name));
  const named = (cases: readonly GoldenCase[]) => cases.map((golden) => [golden.name, golden] as const);

  describe(`What the plugins of ${original} make of a record, ours make too`, () => {
    test.each(named(file.cases.filter((golden) => !differs(golden))))('%s', (_name, golden) => {
      expect(outcome(golden, file)).toEqual(expected(golden));
    });
  });

  describe(`Where we differ from ${original}, we do`, () => {
    test.each(named(file.cases.filter(differs)))('%s', (_name, golden) => {
      expect(outcome(golden, file)).not.toEqual(expected(golden));
    });
  });
};

const outcome = (golden: GoldenCase, file: GoldenFile): unknown => {
  const plugin = [...transforms, ...predicates].find(({ classNames }) => classNames.includes(golden.class));
  if (plugin === undefined) throw new Error(`There is no ${golden.class}.`);
  try {
    return outcomesOf(plugin, golden, file);
  } catch (error) {
    if ((error as { reaction?: string }).reaction === 'config') return 'refused';
    throw error;
  }
};

const expected = (golden: GoldenCase): unknown => (golden.expected === undefined ? 'refused' : normalised(golden.expected));
