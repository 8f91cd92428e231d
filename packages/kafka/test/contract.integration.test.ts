import {
  recordReaderContract,
  recordWriterContract,
  sinkOffsetsContract,
  sourceOffsetsContract,
  topicAdminContract,
} from '@headrace/ports/contract';
import { openKafkajsHarness } from './kafkajs-harness.ts';

recordWriterContract('the record writer on a broker', () => openKafkajsHarness());
recordReaderContract('the record reader on a broker', () => openKafkajsHarness());
topicAdminContract('the topic administration on a broker', () => openKafkajsHarness());
sourceOffsetsContract('source offsets on a broker', () => openKafkajsHarness());
sinkOffsetsContract('sink offsets on a broker', () => openKafkajsHarness());
