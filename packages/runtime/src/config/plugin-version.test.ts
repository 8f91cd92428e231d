import { describe, expect, test } from '@jest/globals';
import { hasPlaceholder } from './placeholders.ts';
import { satisfiesVersion } from './plugin-version.ts';
import { topicsPattern } from './topics-pattern.ts';

describe('satisfiesVersion', () => {
  test.each<[string, string, boolean | undefined]>([
    ['latest', '1.2.3', true],
    ['', '1.2.3', true],
    ['1.2.3', '1.2.3', true],
    ['1.2', '1.2.0', true],
    ['[1.2.3]', '1.2.3', true],
    ['[1.0,2.0)', '1.9.9', true],
    ['[1.0,2.0)', '2.0.0', false],
    ['[1.0,2.0]', '2.0.0', true],
    ['(1.0,2.0]', '1.0.0', false],
    ['(,2.0)', '0.1', true],
    ['[1.10,)', '1.9', false],
    ['[1.0,', '1.0', undefined],
    ['[', '1.0', undefined],
    ['(1.0)', '1.0', undefined],
  ])('%s of %s: %s', (wanted, version, verdict) => {
    expect(satisfiesVersion(wanted, version)).toBe(verdict);
  });
});

describe('topicsPattern', () => {
  test('matches the whole name only', () => {
    expect(topicsPattern('orders')?.test('orders')).toBe(true);
    expect(topicsPattern('a|b')?.test('ab')).toBe(false);
  });

  test('understands the leading flags of Java', () => {
    expect(topicsPattern('(?i)ORDERS')?.test('orders')).toBe(true);
  });

  test('takes needless escapes, which Java allows', () => {
    expect(topicsPattern(String.raw`a\_b`)?.test('a_b')).toBe(true);
  });

  test('refuses what is no expression', () => {
    expect(topicsPattern('(')).toBeUndefined();
  });
});

describe('hasPlaceholder', () => {
  test.each<[string, boolean]>([
    ['${file:/a/b:key}', true],
    ['jdbc:x?user=${env:USER}&p=1', true],
    ['${topic}-${timestamp}', false],
    ['${vault:a:b}', false],
    ['${env:X', false],
    ['$1-${routedByValue}', false],
    ['${${env:X}', true],
  ])('%s: %s', (text, expected) => {
    expect(hasPlaceholder(text)).toBe(expected);
  });

  test('is quick on long text full of beginnings', () => {
    expect(hasPlaceholder('${env:'.repeat(200_000))).toBe(false);
  });
});
