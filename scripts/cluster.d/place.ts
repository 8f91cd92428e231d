import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import type { ClusterPlace } from './workers.ts';

const portBase = process.env['PORT_BASE'];
export const root = process.env['ROOT'] ?? join(import.meta.dirname, '../..');

const stackExports = (): Record<string, string> => {
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts/stack'), ['env', '--json'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The stack's addresses are not known: ${stderr.trim()}`);
  return JSON.parse(stdout) as Record<string, string>;
};

/** Where the cluster of PORT_BASE lives. */
export const clusterPlace = (environment: Readonly<Record<string, string>> = {}): ClusterPlace => ({
  root,
  dir: join(root, '.stack', portBase ?? '27000', 'cluster'),
  firstPort: portBase === undefined ? 8_083 : Number(portBase) + 83,
  environment,
});

/** The stack's addresses as worker settings; whatever the caller's environment says wins. */
export const workerEnvironment = (): Record<string, string> => {
  const stack = stackExports();
  const defaults = {
    HEADRACE_CLUSTER_ID: `headrace-${portBase ?? '27000'}`,
    HEADRACE_BOOTSTRAP_SERVERS: stack['KAFKA_BROKERS'] ?? '',
    HEADRACE_ETCD_ENDPOINTS: stack['ETCD_ENDPOINTS'] ?? '',
    HEADRACE_KEY_CONVERTER_SCHEMA_REGISTRY_URL: stack['SCHEMA_REGISTRY_URL'] ?? '',
    HEADRACE_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: stack['SCHEMA_REGISTRY_URL'] ?? '',
  };
  const own = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { ...defaults, ...own };
};
