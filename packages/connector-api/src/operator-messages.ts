/** What an operator asks of a running connector by REST. */
export interface ConnectorSignal {
  readonly id: string;
  /** `execute-snapshot` and the like: what the connector knows. */
  readonly type: string;
  /** JSON text of an object. */
  readonly data: string;
}

/** A signal on its way to the task, with a name of its own: an id may be used again later. */
export interface DeliveredSignal extends ConnectorSignal {
  readonly token: string;
}

/** Signals are delivered until they are said to be done, and again to the next owner of the task. */
export interface SignalInbox {
  /** All that are not done, in the order of their coming. */
  waiting(): readonly DeliveredSignal[];
  /** Carried out, and this is stored with a position. Tokens that are not waiting are left alone. */
  done(tokens: readonly string[]): void;
}

/** What a connector tells its operators; the last ones can be read by REST. */
export interface ConnectorNotification {
  readonly id: string;
  /** `Incremental Snapshot` and the like. */
  readonly aggregate: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
