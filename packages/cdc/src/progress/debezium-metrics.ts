import type { SnapshotStatus } from '@headrace/connector-api';
import type { Labels, Meter } from '@headrace/foundation';
import type { RowCounts } from './snapshot-tracker.ts';

/** Attributes of Debezium's MBeans, named as its example of the JMX exporter names them, so that dashboards go on. */
export class DebeziumMetrics {
  readonly #meter: Meter;
  readonly #labels: Labels;

  /** `plugin`: postgres, mysql, mariadb; `name`: topic.prefix. */
  constructor(meter: Meter, labels: { readonly plugin: string; readonly name: string }) {
    this.#meter = meter;
    this.#labels = labels;
  }

  snapshot(status: SnapshotStatus, seconds: number, scanned: RowCounts): void {
    const set = (attribute: string, value: number, labels: Labels = {}): void => {
      this.#set('snapshot', attribute, value, labels);
    };
    for (const state of ['RUNNING', 'PAUSED', 'COMPLETED', 'ABORTED'] as const) {
      set(`Snapshot${state.charAt(0)}${state.slice(1).toLowerCase()}`, status.state === state ? 1 : 0);
    }
    set('TotalTableCount', status.tables);
    set('RemainingTableCount', status.remainingTables);
    set('SnapshotDurationInSeconds', Math.round(seconds));
    for (const [table, rows] of Object.entries(scanned)) set('RowsScanned', rows, { table });
  }

  /** `Connected`, `MilliSecondsBehindSource`, `NumberOfCommittedTransactions` and the like. */
  streaming(attribute: string, value: number): void {
    this.#set('streaming', attribute, value, {});
  }

  #set(context: string, attribute: string, value: number, labels: Labels): void {
    this.#meter.set(`debezium_metrics_${attribute}`, value, { ...this.#labels, context, ...labels });
  }
}
