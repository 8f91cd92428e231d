import { runScript } from '../support/scripts.ts';

interface ServiceStatus {
  readonly name: string;
  readonly state: string;
  readonly pid?: number;
}

const services = async (): Promise<readonly ServiceStatus[]> =>
  (JSON.parse(await runScript('stack', ['status', '--json'])) as { readonly services: readonly ServiceStatus[] }).services;

/** Process ids of the servers by name. Containers have none that we could read: their CPU is then missing in the report. */
export const serverProcesses = async (): Promise<ReadonlyMap<string, number>> =>
  new Map((await services()).flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));

export const isStackUp = async (): Promise<boolean> => (await services()).some(({ state }) => state !== 'stopped');
