import { describe, expect, test } from '@jest/globals';
import { defineConfig, silentLogger, type RawConfig } from '@headrace/foundation';
import { signalKeys, signalProblems } from '../config/signal-keys.ts';
import { enqueue, incrementalFrom, incrementalKeys, nothingIncremental, type IncrementalTable } from '../snapshot/incremental-state.ts';
import { cutPiece, piecesFromJson, piecesToJson, wholeTables } from '../snapshot/snapshot-pieces.ts';
import { Notifications } from './notifications.ts';
import { namesTable, parseSignal } from './signal.ts';
import { signalsOfText } from './signal-channel.ts';

describe('signals', () => {
  test('say which tables, which rows, and how', () => {
    const data = {
      'data-collections': ['s\\.t.*'],
      type: 'BLOCKING',
      'additional-conditions': [{ 'data-collection': 's.t', filter: 'a = 1' }],
    };
    expect(parseSignal('i', 'execute-snapshot', JSON.stringify(data))).toEqual({
      kind: 'execute',
      id: 'i',
      way: 'blocking',
      tables: ['s\\.t.*'],
      conditions: [{ table: 's.t', filter: 'a = 1' }],
      surrogateKey: null,
    });
    expect(namesTable('s\\.t.*', 'S.table')).toBe(true);
    expect(namesTable('s\\.t', 's.table')).toBe(false);
  });

  test.each([
    ['execute-snapshot', '{}', 'names no table'],
    ['execute-snapshot', '[]', 'no JSON object'],
    ['execute-snapshot', '{"data-collections":["a("]}', 'not a valid regular expression'],
    ['execute-snapshot', '{"data-collections":["a"],"type":"odd"}', 'not known'],
    ['dance', '', 'not known'],
  ])('%s with %s is refused: %s', (type, data, reason) => {
    expect(parseSignal('i', type, data)).toContain(reason);
  });

  test('of a file stand one per line, and broken lines are told', () => {
    expect(signalsOfText('{"type":"log"}\n\nnonsense\n', () => 'new')).toEqual({
      signals: [{ id: 'new', type: 'log', data: undefined }],
      broken: ['nonsense'],
    });
  });

  test.each<[RawConfig, string]>([
    [{ 'signal.enabled.channels': 'source,jmx' }, 'belongs to Java'],
    [{ 'signal.enabled.channels': 'pigeon' }, 'not known'],
    [{ 'notification.enabled.channels': 'jmx' }, 'belongs to Java'],
  ])('%j is refused', (raw, reason) => {
    expect(defineConfig(signalKeys).parse(raw).problems[0]?.message).toContain(reason);
  });

  test('a channel of notifications needs its topic', () => {
    expect(signalProblems({ 'notification.enabled.channels': 'log, sink' })).toHaveLength(1);
  });
});

const table: IncrementalTable = { path: 's.t', signal: 'i', condition: null, surrogateKey: null, lastKey: ['3'], maxKey: ['9'], rows: 3 };

describe('the state of incremental snapshots', () => {
  test('survives in an offset, and a table that waits is not queued twice', () => {
    const state = enqueue(enqueue(nothingIncremental, [table]), [table, { ...table, condition: 'a = 1' }]);
    expect(state.tables).toHaveLength(2);
    expect(incrementalFrom(JSON.parse(JSON.stringify(incrementalKeys(state))) as never)).toEqual(state);
    expect(incrementalKeys(nothingIncremental)).toEqual({});
  });
});

describe('pieces of a snapshot', () => {
  test('are cut without a gap, survive in an offset, and older offsets are read', () => {
    const [piece] = wholeTables(['a']);
    const cut = cutPiece(piece!, [['3'], ['7']]);
    expect(cut.map(({ after, until }) => [after, until])).toEqual([
      [null, ['3']],
      [['3'], ['7']],
      [['7'], null],
    ]);
    expect(piecesFromJson(JSON.parse(JSON.stringify(piecesToJson(cut))))).toEqual(cut);
    expect(piecesFromJson({ remaining: ['a', 'b'], last_key: ['1'] })).toEqual([
      { table: 'a', after: ['1'], until: null },
      { table: 'b', after: null, until: null },
    ]);
    expect(piecesFromJson({ pieces: [1] })).toBeUndefined();
  });
});

describe('notifications', () => {
  test('have the schemas of Debezium', () => {
    const news = new Notifications({ channels: new Set(['sink']), topic: 'news', server: 'p', log: silentLogger, now: () => 5 });
    news.tell({ id: 'i', aggregate: 'Initial Snapshot', type: 'STARTED' });
    const [record] = news.take();
    expect(record).toMatchObject({
      topic: 'news',
      keySchema: { name: 'io.debezium.connector.common.NotificationKey', version: 1 },
      valueSchema: { name: 'io.debezium.connector.common.Notification', version: 1 },
      value: { values: ['i', 'STARTED', 'Initial Snapshot', new Map([['connector_name', 'p']]), 5] },
    });
    expect(news.take()).toEqual([]);
  });
});
