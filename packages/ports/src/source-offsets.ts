import type { JsonMap, SourcePosition } from '@headrace/connector-api';

/**
 * Stored source positions, in Kafka Connect's exact bytes: key `["<connector>",{partition}]`, value the offset map.
 * Reading goes to the high watermark taken at the call, and waits until the last stable offset has reached it, so that an
 * undecided transaction cannot hide a newer position.
 */
export interface SourceOffsets extends AsyncDisposable {
  /** All positions of a connector, as stored now. */
  positions(connector: string, signal: AbortSignal): Promise<readonly SourcePosition[]>;
  /** One position; null when none is stored. */
  position(connector: string, partition: JsonMap, signal: AbortSignal): Promise<JsonMap | null>;
  /** For PATCH and DELETE offsets of a stopped connector; offset null writes a tombstone. */
  alter(connector: string, positions: readonly SourcePosition[], signal: AbortSignal): Promise<void>;
}
