import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import { LogLevels } from './log-levels.ts';

const levelsAt = (now: () => number): LogLevels => {
  const levels = new LogLevels('INFO', { ...systemClock, now });
  levels.of('io.example.One');
  levels.of('io.example.Two');
  levels.of('io.examples');
  return levels;
};

describe('levels of loggers', () => {
  test('a logger starts with the level of the nearest one above it, the root at last', () => {
    const levels = levelsAt(() => 1);
    levels.set('io.example', 'DEBUG');
    expect([levels.of('io.example.deep.Three').level, levels.of('com.Other').level]).toEqual(['DEBUG', 'INFO']);
  });

  test('a level reaches the loggers below a name, not those that merely begin like it', () => {
    const levels = levelsAt(() => 1);
    expect(levels.set('io.example', 'WARN')).toEqual(['io.example', 'io.example.One', 'io.example.Two']);
    expect(levels.of('io.examples').level).toBe('INFO');
  });

  test('the same level again changes nothing, the time neither', () => {
    let now = 1;
    const levels = levelsAt(() => now);
    levels.set('io.example', 'WARN');
    now = 2;
    expect(levels.set('io.example', 'WARN')).toEqual([]);
    expect(levels.list().find(({ name }) => name === 'io.example.One')?.lastModified).toBe(1);
  });

  test('restored levels concern each name alone', () => {
    const levels = levelsAt(() => 3);
    levels.restore([
      ['io.example.One', 'DEBUG'],
      ['root', 'ERROR'],
    ]);
    expect([levels.of('io.example.One').level, levels.of('io.example.Two').level]).toEqual(['DEBUG', 'INFO']);
  });

  test('the root reaches all', () => {
    const levels = levelsAt(() => 3);
    expect(levels.set('root', 'ERROR')).toEqual(['io.example.One', 'io.example.Two', 'io.examples', 'root']);
  });
});
