import { int64 } from '@headrace/connector-api';

/** One instant in the three units Debezium writes. Built once per transaction or batch: nanoseconds need a bigint. */
export interface EventTime {
  readonly ms: number;
  readonly us: number;
  readonly ns: number | bigint;
}

/** An instant given in microseconds since the epoch. */
export const eventTime = (us: number): EventTime => ({ ms: Math.floor(us / 1_000), us, ns: int64(BigInt(us) * 1_000n) });
