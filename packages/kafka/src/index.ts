export { createKafka, type KafkaOptions } from './create-kafka.ts';
export { connectionProblems, isConnectionSetting } from './security/connection-settings.ts';
