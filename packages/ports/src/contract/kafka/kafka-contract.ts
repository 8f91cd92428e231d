import { afterEach, beforeEach, describe } from '@jest/globals';
import type { KafkaCluster } from './kafka-cluster.ts';
import { kafkaFencingContract } from './kafka-fencing-contract.ts';
import { kafkaOffsetsContract } from './kafka-offsets-contract.ts';
import { kafkaReaderContract } from './kafka-reader-contract.ts';
import { KafkaSession } from './kafka-session.ts';
import { kafkaWriterContract } from './kafka-writer-contract.ts';

/** What every Kafka cluster behind the ports does, the one in memory and a broker alike. */
export const kafkaContract = (name: string, open: () => Promise<KafkaCluster>): void => {
  describe(name, () => {
    let session: KafkaSession;
    beforeEach(async () => {
      session = new KafkaSession(await open());
    });
    afterEach(() => session[Symbol.asyncDispose]());

    const current = (): KafkaSession => session;
    kafkaWriterContract(current);
    kafkaFencingContract(current);
    kafkaReaderContract(current);
    kafkaOffsetsContract(current);
  });
};
