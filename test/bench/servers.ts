import { stackServices } from '../support/stack.ts';

/** Process ids of the servers by name. Containers have none that we could read: their CPU is then missing in the report. */
export const serverProcesses = async (): Promise<ReadonlyMap<string, number>> =>
  new Map((await stackServices()).flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));

export const isStackUp = async (): Promise<boolean> => (await stackServices()).some(({ state }) => state !== 'stopped');
