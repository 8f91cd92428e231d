import { account } from './services/account.ts';
import { compatiblePath } from './services/registry.ts';
import type { ServiceDefinition } from './types.ts';

const credentials = `${account.user}:${account.password}`;

/** What the servers of a group are called in the environment of tests and workers. */
const variables: Readonly<Record<string, { readonly name: string; readonly value: (address: string) => string }>> = {
  etcd: { name: 'ETCD_ENDPOINTS', value: (address) => `http://${address}` },
  kafka: { name: 'KAFKA_BROKERS', value: (address) => address },
  registry: { name: 'SCHEMA_REGISTRY_URL', value: (address) => `http://${address}${compatiblePath}` },
  postgres: { name: 'POSTGRES_URL', value: (address) => `postgres://${credentials}@${address}/${account.database}` },
  mariadb: { name: 'MARIADB_URL', value: (address) => `mysql://${credentials}@${address}/${account.database}` },
  mysql: { name: 'MYSQL_URL', value: (address) => `mysql://${credentials}@${address}/${account.database}` },
};

export function environmentOf(services: readonly ServiceDefinition[], portBase: number): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const service of services) {
    const variable = variables[service.group];
    if (variable === undefined) continue;
    const value = variable.value(`127.0.0.1:${String(portBase + service.ports.main)}`);
    const others = environment.get(variable.name);
    environment.set(variable.name, others === undefined ? value : `${others},${value}`);
  }
  return environment;
}
