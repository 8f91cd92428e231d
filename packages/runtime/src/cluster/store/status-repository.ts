import type { OwnershipEpoch, TaskCondition } from '@headrace/connector-api';
import type { CoordinationStore } from '@headrace/ports';
import type { UnitState } from '../../herder/herder.ts';
import type { Keyspace } from './keyspace.ts';
import type { Unit } from './unit.ts';
import { codecs } from './values.ts';

/** What a unit's owner says of it. */
export interface StatusReport {
  readonly unit: Unit;
  readonly epoch: OwnershipEpoch;
  readonly workerId: string;
  readonly state: UnitState;
  readonly restartToken: number;
  readonly trace?: string;
  readonly pluginVersion?: string;
  readonly condition?: TaskCondition;
}

/** A trace is for reading, not for storing: etcd holds every status of the cluster in memory. */
const MAX_TRACE_BYTES = 8_192;

export class StatusRepository {
  readonly #store: CoordinationStore;
  readonly #keys: Keyspace;

  constructor(store: CoordinationStore, keys: Keyspace) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Writes the status if the reporter owns the unit at this very epoch and the connector exists; false when not. */
  async write(report: StatusReport, signal: AbortSignal): Promise<boolean> {
    const { unit, epoch } = report;
    const value = codecs.status.encode({
      state: report.state,
      workerId: report.workerId,
      incarnation: epoch.incarnation,
      epoch: String(epoch.revision),
      restartToken: report.restartToken,
      ...(report.trace === undefined ? {} : { trace: cutText(report.trace, MAX_TRACE_BYTES) }),
      ...(report.pluginVersion === undefined ? {} : { pluginVersion: report.pluginVersion }),
      ...(report.condition === undefined ? {} : { condition: report.condition }),
    });
    // I2: whoever lost the unit has another epoch than its owner key, or none.
    const result = await this.#store.transact(
      {
        if: [
          { key: this.#keys.owner(unit), modRevision: epoch.revision },
          { key: this.#keys.config(unit.connector), exists: true },
        ],
        then: [{ put: this.#keys.status(unit), value }],
      },
      signal,
    );
    return result.isApplied;
  }
}

/** At most `maxBytes` of UTF-8, cut between characters. */
const cutText = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
};
