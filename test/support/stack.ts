import { runScript, ScriptError, type ScriptOptions } from './scripts.ts';

/** Addresses of the real servers, as `./scripts/stack env` prints them. */
export interface Servers {
  readonly etcdEndpoints: readonly string[];
  readonly kafkaBrokers: readonly string[];
  readonly registryUrl: string;
  readonly postgresUrl: string;
  readonly mariadbUrl: string;
  /** Empty where the stack was not asked for it. */
  readonly mysqlUrl: string;
}

export const startStack = async (args: readonly string[] = [], options: ScriptOptions = {}): Promise<Servers> => {
  await runScript('stack', ['up', ...args], options);
  const addresses = JSON.parse(await runScript('stack', ['env', '--json'], options)) as Readonly<Record<string, string>>;
  const value = (name: string): string => addresses[name] ?? '';
  return {
    etcdEndpoints: value('ETCD_ENDPOINTS').split(','),
    kafkaBrokers: value('KAFKA_BROKERS').split(','),
    registryUrl: value('SCHEMA_REGISTRY_URL'),
    postgresUrl: value('POSTGRES_URL'),
    mariadbUrl: value('MARIADB_URL'),
    mysqlUrl: value('MYSQL_URL'),
  };
};

/** How `scripts/stack` ends where a program cannot be had. */
const NOT_TO_BE_HAD = 4;

/** Adds MySQL to the stack. False: its package cannot be had on this machine, which is then said, since what is skipped must not look passed. */
export const startMysql = async (): Promise<boolean> => {
  try {
    await startStack(['--with', 'mysql']);
    return true;
  } catch (error) {
    if (!(error instanceof ScriptError) || error.exitCode !== NOT_TO_BE_HAD) throw error;
    process.stderr.write('SKIPPED: no MySQL server is to be had here.\n');
    return false;
  }
};

/** A server as `./scripts/stack status` shows it. Containers have no process id that we could read. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: string;
  readonly pid?: number;
  readonly port: number;
}

export const stackServices = async (): Promise<readonly ServiceStatus[]> =>
  (JSON.parse(await runScript('stack', ['status', '--json'])) as { readonly services: readonly ServiceStatus[] }).services;
