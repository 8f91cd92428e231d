import type { TargetState, UnitState } from '../../../herder/herder.ts';

/**
 * What the owner of a connector does about its planning.
 *
 *     vacant ──acquire──> owned ──(inputs changed, or a re-check is due)──> plan ──> owned
 *                           └──(not wanted here, or deleted)──release──> vacant ──(an owner key of ours is left)──drop──> vacant
 */
export type HeldConnector =
  | { readonly kind: 'vacant' }
  | {
      readonly kind: 'owned';
      /** Revision that created the connector: one deleted and made again under the same name is another. */
      readonly creation: bigint;
      /** What the last plan was made from. */
      readonly planned: PlanInputs | undefined;
    };

/** Whatever asks for a new plan when it changes. */
export interface PlanInputs {
  readonly configVersion: number;
  readonly target: TargetState;
  readonly restartToken: number;
  /** Mod revision of the generation pointer: somebody else wrote it (a stop). */
  readonly generationRevision: bigint;
}

export type WantedConnector =
  | {
      readonly kind: 'none';
      /** The store says that this session owns it all the same. */
      readonly isOwnedHere: boolean;
    }
  | { readonly kind: 'connector'; readonly creation: bigint; readonly inputs: PlanInputs; readonly isFree: boolean };

export type ConnectorStep = 'wait' | 'acquire' | 'plan' | 'release' | 'drop';

export const nextConnectorStep = (held: HeldConnector, wanted: WantedConnector, isDue: boolean): ConnectorStep => {
  if (held.kind === 'vacant') {
    if (wanted.kind === 'none') return wanted.isOwnedHere ? 'drop' : 'wait';
    return wanted.isFree ? 'acquire' : 'wait';
  }
  if (wanted.kind === 'none' || wanted.creation !== held.creation) return 'release';
  return isDue || !isSamePlan(held.planned, wanted.inputs) ? 'plan' : 'wait';
};

const isSamePlan = (a: PlanInputs | undefined, b: PlanInputs): boolean =>
  a?.configVersion === b.configVersion &&
  a.target === b.target &&
  a.restartToken === b.restartToken &&
  a.generationRevision === b.generationRevision;

/** Why planning failed, and for which configuration and restart request. */
export interface PlanFailure {
  readonly configVersion: number;
  readonly restartToken: number;
  readonly trace: string;
}

/**
 * A failure sticks as in Kafka Connect: pausing and resuming do not heal it; another configuration, a restart, or having
 * been stopped does.
 */
export const isStillFailed = (failure: PlanFailure | undefined, inputs: PlanInputs): failure is PlanFailure =>
  failure !== undefined &&
  inputs.target !== 'STOPPED' &&
  failure.configVersion === inputs.configVersion &&
  failure.restartToken === inputs.restartToken;

/** What the status of the connector itself shows. Of its tasks it says nothing. */
export const connectorState = (target: TargetState, hasFailed: boolean): UnitState => {
  if (target === 'STOPPED') return 'STOPPED';
  if (hasFailed) return 'FAILED';
  return target === 'PAUSED' ? 'PAUSED' : 'RUNNING';
};
