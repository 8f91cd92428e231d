/** One statement. `values` are bound, or written as literals by the driver where the protocol would change them. */
export interface SqlStatement {
  /** As its UTF-8 bytes where the dialect writes those itself. */
  readonly text: string | Buffer;
  readonly values?: readonly (string | Buffer | null)[];
  /** Sent again and again with the same text: worth preparing. */
  readonly isRepeated?: boolean;
  /** Longest wait for its end. Default 60,000 ms. */
  readonly deadlineMs?: number;
}

export interface SqlResult {
  /** Every value as the server's text, so that nothing passes through a float. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  /** Rows written, or found by an update; 0 where that has no meaning. */
  readonly count: number;
}

/**
 * One connection, used by one caller at a time. Its server-side time-outs are shorter than the ownership lease, so that what
 * a vanished owner has locked is free again before its successor needs it.
 */
export interface SqlSession extends AsyncDisposable {
  /** Names this session at the server, unlike any other session's name, before or after. */
  readonly token: string;
  /** Schema (PostgreSQL) or database (MySQL) of names without one. */
  readonly defaultSchema: string;
  /** True once the connection cannot be used again. */
  readonly isBroken: boolean;
  /** Largest statement the server takes, in bytes. */
  readonly maxStatementBytes: number;
  /** Rejects with the driver's error; with `signal.reason` when aborted, which ends the connection. */
  query(statement: SqlStatement, signal: AbortSignal): Promise<SqlResult>;
}
