import type { ConfigType } from '@headrace/foundation';

/** Kafka clients that a connector may tune with `<client>.override.<setting>`. */
export type KafkaClient = 'producer' | 'consumer' | 'admin';

/** Type and default of a client setting. Settings that are not here pass unchecked, as unknown ones do in the clients. */
export interface ClientSetting {
  readonly type: ConfigType;
  /** null: none. */
  readonly default: string | null;
}

const shared: Readonly<Record<string, ClientSetting>> = {
  'bootstrap.servers': { type: 'LIST', default: '' },
  'client.id': { type: 'STRING', default: '' },
  'connections.max.idle.ms': { type: 'LONG', default: '540000' },
  'metadata.max.age.ms': { type: 'LONG', default: '300000' },
  'receive.buffer.bytes': { type: 'INT', default: '65536' },
  'reconnect.backoff.max.ms': { type: 'LONG', default: '1000' },
  'reconnect.backoff.ms': { type: 'LONG', default: '50' },
  'request.timeout.ms': { type: 'INT', default: '30000' },
  'retry.backoff.max.ms': { type: 'LONG', default: '1000' },
  'retry.backoff.ms': { type: 'LONG', default: '100' },
  'sasl.jaas.config': { type: 'PASSWORD', default: null },
  'sasl.mechanism': { type: 'STRING', default: 'GSSAPI' },
  'security.protocol': { type: 'STRING', default: 'PLAINTEXT' },
  'send.buffer.bytes': { type: 'INT', default: '131072' },
  'ssl.endpoint.identification.algorithm': { type: 'STRING', default: 'https' },
  'ssl.key.password': { type: 'PASSWORD', default: null },
  'ssl.keystore.certificate.chain': { type: 'PASSWORD', default: null },
  'ssl.keystore.key': { type: 'PASSWORD', default: null },
  'ssl.keystore.password': { type: 'PASSWORD', default: null },
  'ssl.truststore.certificates': { type: 'PASSWORD', default: null },
  'ssl.truststore.password': { type: 'PASSWORD', default: null },
};

export const clientSettings: Readonly<Record<KafkaClient, Readonly<Record<string, ClientSetting>>>> = {
  producer: {
    ...shared,
    acks: { type: 'STRING', default: 'all' },
    'batch.size': { type: 'INT', default: '16384' },
    'buffer.memory': { type: 'LONG', default: '33554432' },
    'compression.type': { type: 'STRING', default: 'none' },
    'delivery.timeout.ms': { type: 'INT', default: '120000' },
    'enable.idempotence': { type: 'BOOLEAN', default: 'true' },
    'linger.ms': { type: 'LONG', default: '5' },
    'max.block.ms': { type: 'LONG', default: '60000' },
    'max.in.flight.requests.per.connection': { type: 'INT', default: '5' },
    'max.request.size': { type: 'INT', default: '1048576' },
    retries: { type: 'INT', default: '2147483647' },
    'transaction.timeout.ms': { type: 'INT', default: '60000' },
    'transactional.id': { type: 'STRING', default: null },
  },
  consumer: {
    ...shared,
    'auto.offset.reset': { type: 'STRING', default: 'latest' },
    'check.crcs': { type: 'BOOLEAN', default: 'true' },
    'client.rack': { type: 'STRING', default: '' },
    'default.api.timeout.ms': { type: 'INT', default: '60000' },
    'enable.auto.commit': { type: 'BOOLEAN', default: 'true' },
    'fetch.max.bytes': { type: 'INT', default: '52428800' },
    'fetch.max.wait.ms': { type: 'INT', default: '500' },
    'fetch.min.bytes': { type: 'INT', default: '1' },
    'group.id': { type: 'STRING', default: null },
    'heartbeat.interval.ms': { type: 'INT', default: '3000' },
    'isolation.level': { type: 'STRING', default: 'read_uncommitted' },
    'max.partition.fetch.bytes': { type: 'INT', default: '1048576' },
    'max.poll.interval.ms': { type: 'INT', default: '300000' },
    'max.poll.records': { type: 'INT', default: '500' },
    'session.timeout.ms': { type: 'INT', default: '45000' },
  },
  admin: { ...shared, 'default.api.timeout.ms': { type: 'INT', default: '60000' } },
};
