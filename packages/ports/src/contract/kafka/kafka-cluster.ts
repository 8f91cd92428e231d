import type { Clock } from '@headrace/foundation';
import type { KafkaPorts } from '../../kafka-ports.ts';

/** Records of a foreign producer in one transaction, undecided until `end`. */
export interface UndecidedTransaction {
  /** Resolves when the marker is in the topic's log. */
  end(isCommit: boolean): Promise<void>;
}

/** One cluster under test. */
export interface KafkaCluster {
  readonly ports: KafkaPorts;
  readonly clock: Clock;
  /** Makes a topic, a group or an id unique to the test. */
  unique(name: string): string;
  /** Appends these values to partition 0 of the topic in a transaction of a producer that is not ours. */
  transaction(topic: string, values: readonly string[]): Promise<UndecidedTransaction>;
  /** Makes the group lose its offsets, as after their retention. */
  forgetGroup(group: string): Promise<void>;
  close(): Promise<void>;
}
