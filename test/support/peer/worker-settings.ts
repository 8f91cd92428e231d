/** As Kafka's connect-distributed.sh starts a worker. */
export const jvmArguments: readonly string[] = [
  '-Xms256M',
  '-Xmx2G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
];

export interface PeerPlace {
  readonly brokers: readonly string[];
  /** Apicurio's own API, version 2, which is the one that the converter speaks. */
  readonly registryUrl: string;
  readonly pluginPath: string;
  readonly restPort: number;
  /** Start of the names of the worker's group and topics. */
  readonly prefix: string;
  readonly isExactlyOnce: boolean;
}

const converter = (side: 'key' | 'value', registryUrl: string): Readonly<Record<string, string>> => {
  const settings = {
    '': 'io.apicurio.registry.utils.converter.AvroConverter',
    '.apicurio.registry.url': registryUrl,
    '.apicurio.registry.auto-register': 'true',
    '.apicurio.registry.find-latest': 'false',
    // Confluent's wire format: a zero, four bytes of schema id, no headers.
    '.apicurio.registry.as-confluent': 'true',
    '.apicurio.registry.use-id': 'contentId',
    '.apicurio.registry.headers.enabled': 'false',
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${side}.converter${key}`, value]));
};

export const workerProperties = (place: PeerPlace): Readonly<Record<string, string>> => ({
  'bootstrap.servers': place.brokers.join(','),
  'group.id': place.prefix,
  'config.storage.topic': `${place.prefix}-configs`,
  'offset.storage.topic': `${place.prefix}-offsets`,
  'status.storage.topic': `${place.prefix}-status`,
  'config.storage.replication.factor': '1',
  'offset.storage.replication.factor': '1',
  'status.storage.replication.factor': '1',
  listeners: `http://127.0.0.1:${String(place.restPort)}`,
  'plugin.path': place.pluginPath,
  'plugin.discovery': 'hybrid_warn',
  'exactly.once.source.support': place.isExactlyOnce ? 'enabled' : 'disabled',
  ...converter('key', place.registryUrl),
  ...converter('value', place.registryUrl),
});

export const internalTopics = (prefix: string): readonly string[] => [`${prefix}-configs`, `${prefix}-offsets`, `${prefix}-status`];
