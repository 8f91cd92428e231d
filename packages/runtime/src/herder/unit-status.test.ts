import { describe, expect, test } from '@jest/globals';
import type { TargetCircuit } from '@headrace/connector-api';
import type { StatusValue } from '../cluster/store/values.ts';
import { unitStatus } from './unit-status.ts';

const status: StatusValue = { state: 'RUNNING', workerId: 'w1', incarnation: 1, epoch: '10', restartToken: 2, pluginVersion: '1.0' };
const owner = { workerId: 'w1', modRevision: 10n };
const facts = { status, owner, assignedTo: 'w1', restartToken: 2 };

describe('the status of a unit', () => {
  test('is what its owner wrote', () => {
    expect(unitStatus(facts)).toEqual({ state: 'RUNNING', workerId: 'w1', version: '1.0' });
    expect(unitStatus({ ...facts, status: { ...status, state: 'FAILED', trace: 'broken' } })).toEqual({
      state: 'FAILED',
      workerId: 'w1',
      trace: 'broken',
      version: '1.0',
    });
  });

  test('has the condition of a task while it is owned', () => {
    const circuit: TargetCircuit = { state: 'open', target: 'db:5432/shop', error: 'refused' };
    const told = { ...facts, status: { ...status, condition: { lane: 'object' as const, circuit } } };
    expect(unitStatus(told)).toMatchObject({ lane: 'object', circuit });
    expect(unitStatus({ ...told, owner: undefined })).not.toHaveProperty('circuit');
  });

  test('is UNASSIGNED when that owner does not own it any more', () => {
    expect(unitStatus({ ...facts, owner: undefined, assignedTo: 'w2' })).toMatchObject({ state: 'UNASSIGNED', workerId: 'w2' });
    expect(unitStatus({ ...facts, owner: { workerId: 'w2', modRevision: 11n } })).toMatchObject({ state: 'UNASSIGNED', workerId: 'w2' });
  });

  test('is UNASSIGNED before anybody wrote one, with an empty worker before it is assigned', () => {
    expect(unitStatus({ ...facts, status: undefined, owner: undefined })).toEqual({ state: 'UNASSIGNED', workerId: 'w1' });
    expect(unitStatus({ ...facts, status: undefined, owner: undefined, assignedTo: undefined })).toEqual({
      state: 'UNASSIGNED',
      workerId: '',
    });
  });

  test('is RESTARTING from the request until the owner has obeyed it', () => {
    const failed: StatusValue = { ...status, state: 'FAILED', trace: 'broken' };
    expect(unitStatus({ ...facts, status: failed, restartToken: 3 })).toEqual({ state: 'RESTARTING', workerId: 'w1', version: '1.0' });
    expect(unitStatus({ ...facts, status: { ...status, restartToken: 3 }, restartToken: 3 })).toMatchObject({ state: 'RUNNING' });
  });
});
