import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from './line-splitter.ts';

const ends = ['\n', '\r\n'];

describe('Lines of a file', () => {
  test('are the same however the bytes come, with the positions behind them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[^\r\n]{0,8}$/), fc.constantFrom(...ends))),
        fc.array(fc.integer({ min: 1, max: 5 })),
        (lines, sizes) => {
          const bytes = Buffer.from(lines.map(([text, end]) => text + end).join(''));
          const splitter = new LineSplitter(0);
          const found = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 3;
            found.push(...splitter.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(found.map(({ text }) => text)).toEqual(lines.map(([text]) => Buffer.from(text).toString()));
          expect(found.at(-1)?.end ?? 0).toBe(bytes.length);
        },
      ),
    );
  });

  test('a line without an end waits, and positions go on from where the reader started', () => {
    const splitter = new LineSplitter(100);
    expect(splitter.push(Buffer.from('half'))).toEqual([]);
    expect(splitter.next).toBe(104);
    expect(splitter.push(Buffer.from(' a line\rx'))).toEqual([{ text: 'half a line', end: 112 }]);
  });
});
