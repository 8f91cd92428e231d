import { etcd } from './services/etcd.ts';
import { kafkaBrokers } from './services/kafka.ts';
import { mariadb } from './services/mariadb.ts';
import { mysql } from './services/mysql.ts';
import { postgres } from './services/postgres.ts';
import { registry } from './services/registry.ts';
import type { ServiceDefinition } from './types.ts';

/**
 * The one list of the servers of the stack: native processes, deploy/compose.yaml, health checks and `env` come from it.
 * Port offsets (from PORT_BASE) echo the usual ports and stay below 100, so that stacks can be 100 apart.
 */
export function serviceTable(brokerCount: number): readonly ServiceDefinition[] {
  return [etcd(), ...kafkaBrokers(brokerCount), registry(), postgres(), mariadb(), mysql()];
}
