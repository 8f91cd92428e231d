import { readFileSync } from 'node:fs';
import type { EtcdOptions } from '@headrace/coordination-etcd';
import { ConfigError, toError, type Clock } from '@headrace/foundation';
import { errors } from '../errors.ts';
import type { WorkerConfig } from './worker-config.ts';

/** How the worker's settings say etcd is reached. ConfigError names a file that cannot be read. */
export const etcdOptions = (endpoints: readonly string[], config: WorkerConfig, clock: Clock): EtcdOptions => {
  const tls = { ...read(config, 'ca'), ...read(config, 'certificate'), ...read(config, 'key') };
  const [username, password] = [config['etcd.username'], config['etcd.password']];
  return {
    endpoints,
    clock,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(username === null || password === null ? {} : { auth: { username, password } }),
  };
};

const read = (config: WorkerConfig, part: 'ca' | 'certificate' | 'key'): NonNullable<EtcdOptions['tls']> => {
  const key = `etcd.tls.${part}` as const;
  const file = config[key];
  if (file === null) return {};
  try {
    return { [part]: readFileSync(file) };
  } catch (error) {
    const message = `${key} names the file ${file}, which cannot be read: ${toError(error).message}.`;
    throw new ConfigError(errors.config_invalid.code, [{ key, value: file, message }]);
  }
};
