import type { Logger } from '../log.ts';

/** A process manager that has asked for the end waits no longer than it has to. */
const LEFT_OPEN_MS = 2_000;

/**
 * Ends the process with its `exitCode` when it does not end by itself within two seconds. For a process whose parts have all
 * ended: what still holds it, a connection on a line that is cut say, is named in the log and left behind.
 */
export const endSoon = (log: Logger): void => {
  setTimeout(() => {
    log.warn('Something left open holds this process: it ends without waiting for it.', { holding: process.getActiveResourcesInfo() });
    process.exit();
  }, LEFT_OPEN_MS).unref();
};
