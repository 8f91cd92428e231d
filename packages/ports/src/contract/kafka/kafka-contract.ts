import { afterAll, beforeAll, describe } from '@jest/globals';
import { fencingContract } from './fencing-contract.ts';
import type { KafkaHarness } from './kafka-harness.ts';
import { KafkaSession } from './kafka-session.ts';
import { recordReaderContract } from './record-reader-contract.ts';
import { recordWriterContract } from './record-writer-contract.ts';
import { sinkOffsetsContract } from './sink-offsets-contract.ts';
import { sourceOffsetsContract } from './source-offsets-contract.ts';
import { topicAdminContract } from './topic-admin-contract.ts';

/** What every Kafka cluster behind the ports does, the one in memory and the one of real brokers alike. */
export const kafkaContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    const session = new KafkaSession();
    beforeAll(() => session.open(open));
    afterAll(() => session.close());

    recordWriterContract(session);
    fencingContract(session);
    recordReaderContract(session);
    sourceOffsetsContract(session);
    sinkOffsetsContract(session);
    topicAdminContract(session);
  });
};
