import { describe, expect, test } from '@jest/globals';
import {
  connectorState,
  isStillFailed,
  nextConnectorStep,
  type ConnectorStep,
  type HeldConnector,
  type PlanInputs,
  type WantedConnector,
} from './connector-unit-state.ts';

const inputs: PlanInputs = { configVersion: 3, target: 'STARTED', restartToken: 1, generationRevision: 40n };
const wanted = (changed: Partial<PlanInputs> = {}, isFree = false): WantedConnector => ({
  kind: 'connector',
  creation: 5n,
  inputs: { ...inputs, ...changed },
  isFree,
});
const none: WantedConnector = { kind: 'none', isOwnedHere: false };
const orphan: WantedConnector = { kind: 'none', isOwnedHere: true };
const vacant: HeldConnector = { kind: 'vacant' };
const fresh: HeldConnector = { kind: 'owned', creation: 5n, planned: undefined };
const planned: HeldConnector = { kind: 'owned', creation: 5n, planned: inputs };

const cases: readonly (readonly [string, HeldConnector, WantedConnector, boolean, ConnectorStep])[] = [
  ['vacant and not wanted', vacant, none, false, 'wait'],
  ['vacant and due, not wanted', vacant, none, true, 'wait'],
  ['vacant, not wanted, and yet its owner by the store', vacant, orphan, false, 'drop'],
  ['vacant and wanted, but another has it', vacant, wanted(), false, 'wait'],
  ['vacant, wanted and free', vacant, wanted({}, true), false, 'acquire'],
  ['owned and not wanted', planned, none, false, 'release'],
  ['owned, due and not wanted', planned, none, true, 'release'],
  ['owned, but deleted and made again', { kind: 'owned', creation: 4n, planned: inputs }, wanted(), false, 'release'],
  ['owned and never planned', fresh, wanted(), false, 'plan'],
  ['owned and planned', planned, wanted(), false, 'wait'],
  ['owned and due', planned, wanted(), true, 'plan'],
  ['owned with another configuration', planned, wanted({ configVersion: 4 }), false, 'plan'],
  ['owned with another target', planned, wanted({ target: 'PAUSED' }), false, 'plan'],
  ['owned and asked to restart', planned, wanted({ restartToken: 2 }), false, 'plan'],
  ['owned with tasks that another has changed', planned, wanted({ generationRevision: 41n }), false, 'plan'],
];

describe('a connector unit', () => {
  test.each(cases)('%s', (...[, held, want, isDue, step]) => {
    expect(nextConnectorStep(held, want, isDue)).toBe(step);
  });

  test.each([
    ['STARTED', false, 'RUNNING'],
    ['STARTED', true, 'FAILED'],
    ['PAUSED', false, 'PAUSED'],
    ['PAUSED', true, 'FAILED'],
    ['STOPPED', false, 'STOPPED'],
    ['STOPPED', true, 'STOPPED'],
  ] as const)('with target %s and failure %s shows %s', (target, hasFailed, state) => {
    expect(connectorState(target, hasFailed)).toBe(state);
  });

  test('that failed stays so when it is paused or resumed, and not when it is reconfigured, restarted or stopped', () => {
    const failure = { configVersion: 3, restartToken: 1, trace: 'broken' };
    expect(isStillFailed(failure, inputs)).toBe(true);
    expect(isStillFailed(failure, { ...inputs, target: 'PAUSED' })).toBe(true);
    expect(isStillFailed(failure, { ...inputs, configVersion: 4 })).toBe(false);
    expect(isStillFailed(failure, { ...inputs, restartToken: 2 })).toBe(false);
    expect(isStillFailed(failure, { ...inputs, target: 'STOPPED' })).toBe(false);
    expect(isStillFailed(undefined, inputs)).toBe(false);
  });
});
