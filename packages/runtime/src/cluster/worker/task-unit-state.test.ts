import { describe, expect, test } from '@jest/globals';
import { nextTaskStep, type HeldTask, type TaskStep, type WantedTask } from './task-unit-state.ts';

const run = { generation: 7, restartToken: 2 };

const held: Readonly<Record<string, HeldTask>> = {
  vacant: { kind: 'vacant' },
  running: { kind: 'running', isPaused: false, ...run },
  paused: { kind: 'running', isPaused: true, ...run },
  failed: { kind: 'ended', cause: 'failed', ...run },
  fenced: { kind: 'ended', cause: 'fenced', ...run },
  stopped: { kind: 'ended', cause: 'stopped', ...run },
};

const wanted: Readonly<Record<string, WantedTask>> = {
  nothing: { kind: 'none', isOwnedHere: false },
  'nothing, yet owned here': { kind: 'none', isOwnedHere: true },
  same: { kind: 'task', isPaused: false, isFree: false, ...run },
  'same, free': { kind: 'task', isPaused: false, isFree: true, ...run },
  'same, paused': { kind: 'task', isPaused: true, isFree: false, ...run },
  'newer generation': { kind: 'task', isPaused: false, isFree: false, ...run, generation: 8 },
  'newer generation, free': { kind: 'task', isPaused: false, isFree: true, ...run, generation: 8 },
  'restart asked': { kind: 'task', isPaused: false, isFree: false, ...run, restartToken: 3 },
};

const table: Readonly<Record<keyof typeof held, Readonly<Record<keyof typeof wanted, TaskStep>>>> = {
  vacant: {
    nothing: 'wait',
    'nothing, yet owned here': 'drop',
    same: 'wait',
    'same, free': 'acquire',
    'same, paused': 'wait',
    'newer generation': 'wait',
    'newer generation, free': 'acquire',
    'restart asked': 'wait',
  },
  running: {
    nothing: 'stop',
    'nothing, yet owned here': 'stop',
    same: 'wait',
    'same, free': 'wait',
    'same, paused': 'pause',
    'newer generation': 'stop',
    'newer generation, free': 'stop',
    'restart asked': 'stop',
  },
  paused: {
    nothing: 'stop',
    'nothing, yet owned here': 'stop',
    same: 'resume',
    'same, free': 'resume',
    'same, paused': 'wait',
    'newer generation': 'stop',
    'newer generation, free': 'stop',
    'restart asked': 'stop',
  },
  failed: {
    nothing: 'release',
    'nothing, yet owned here': 'release',
    same: 'wait',
    'same, free': 'wait',
    'same, paused': 'wait',
    'newer generation': 'release',
    'newer generation, free': 'release',
    'restart asked': 'release',
  },
  fenced: {
    nothing: 'release',
    'nothing, yet owned here': 'release',
    same: 'release',
    'same, free': 'release',
    'same, paused': 'release',
    'newer generation': 'release',
    'newer generation, free': 'release',
    'restart asked': 'release',
  },
  stopped: {
    nothing: 'release',
    'nothing, yet owned here': 'release',
    same: 'release',
    'same, free': 'release',
    'same, paused': 'release',
    'newer generation': 'release',
    'newer generation, free': 'release',
    'restart asked': 'release',
  },
};

const cases = Object.entries(table).flatMap(([from, row]) => Object.entries(row).map(([want, step]) => ({ from, want, step })));

describe('a task unit', () => {
  test.each(cases)('that is $from, with $want wanted: $step', ({ from, want, step }) => {
    const state = held[from];
    const target = wanted[want];
    if (state === undefined || target === undefined) throw new Error('The table names something that is not there.');
    expect(nextTaskStep(state, target)).toBe(step);
  });
});
