import { describe, expect, test } from '@jest/globals';
import { mariadbDialect } from '../dialect.ts';
import { LogPosition, offsetOf, resumePointOf, type ResumePoint } from './log-position.ts';

const point: ResumePoint = { file: 'f.000002', position: 400, gtids: '0-1-7', events: 3, rows: 2, told: {} };

describe('the place to resume from', () => {
  test('an offset reads back as what it was written from', () => {
    expect(resumePointOf(offsetOf(point, 5, 1_700_000_000))).toEqual(point);
    const between: ResumePoint = { file: 'f.000002', position: 4, gtids: null, events: 0, rows: 0, told: {} };
    expect(resumePointOf(offsetOf(between, 0, 0))).toEqual(between);
  });

  test('what was done before stays done while it is passed over again, however often the connection is lost', () => {
    const position = new LogPosition(point, mariadbDialect);
    expect(position.resumePoint()).toEqual(point);
    position.openGroup('0-1-8');
    position.begin();
    position.eventDone();
    expect(position.skippedRows).toBe(Infinity);
    expect(position.resumePoint()).toMatchObject({ events: 3, rows: 2 });
    position.eventDone();
    position.eventDone();
    expect(position.skippedRows).toBe(2);
    position.rows = 1;
    expect(position.resumePoint()).toMatchObject({ events: 3, rows: 2 });
    position.rows = 3;
    expect(position.resumePoint()).toMatchObject({ events: 3, rows: 3 });
  });

  test('a commit adds the GTID, and the next transaction is skipped no more', () => {
    const position = new LogPosition(point, mariadbDialect);
    position.openGroup('0-1-8');
    position.begin();
    position.commit();
    expect(position.resumePoint()).toMatchObject({ gtids: '0-1-8', events: 0, rows: 0 });
    position.openGroup('0-1-9');
    position.begin();
    expect(position.skippedRows).toBe(0);
  });

  test.each([{}, { pos: 4 }, { file: 'f', pos: -1 }, { file: 'f', pos: 'x' }, { file: 'f', row: 0.5 }])('%p is no place', (offset) => {
    expect(() => resumePointOf(offset)).toThrow(/no place in a binlog/);
  });
});
