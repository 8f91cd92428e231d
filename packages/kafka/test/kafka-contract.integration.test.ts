import { kafkaContract } from '@headrace/ports/contract';
import { openKafkajsHarness } from './kafkajs-harness.ts';

kafkaContract('Kafka on a broker', () => openKafkajsHarness());
