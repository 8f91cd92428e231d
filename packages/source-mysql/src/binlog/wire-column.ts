/** How one column's values lie in rows of the log. */
export interface WireColumn {
  /** One of `columnType`; ENUM and SET are told apart from STRING here already. */
  readonly type: number;
  /** Type specific: bytes of the length prefix, or fractional digits, or maximal length. */
  readonly metadata: number;
  readonly isNullable: boolean;
}
