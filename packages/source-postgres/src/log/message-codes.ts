/** First bytes of pgoutput's messages and of what is in them (PostgreSQL documentation, "Logical Replication Message Formats"). */
export const messageCodes = {
  begin: 66, // B
  commit: 67, // C
  relation: 82, // R
  insert: 73, // I
  update: 85, // U
  delete: 68, // D
  truncate: 84, // T
  type: 89, // Y
  origin: 79, // O
  message: 77, // M
} as const;

/** Of a transaction that is streamed while it runs (protocol version 2). */
export const streamCodes = {
  start: 83, // S
  stop: 69, // E
  abort: 65, // A
  commit: 99, // c
} as const;

/** Where the first tuple's marker stands in the message of a row's change: behind its code and the relation's id. */
export const TUPLE_AT = 5;

/** Which values the tuple of an old row holds. */
export const tupleKinds = { key: 75, old: 79 } as const;

/** What stands for one value of a tuple. */
export const valueKinds = { null: 110, unchanged: 117, text: 116 } as const;
