import { TestEnvironment } from 'jest-environment-node';

/**
 * Gives each of jest's workers the servers of its own lane (`HEADRACE_TEST_LANES`, see scripts/run-tests.ts), so that a test may
 * stop and kill what it finds there. Real environment variables, not the copy a test sees: child processes inherit them too.
 */
export default class LaneEnvironment extends TestEnvironment {
  constructor(config, context) {
    const lanes = JSON.parse(process.env.HEADRACE_TEST_LANES ?? '[{}]');
    Object.assign(process.env, lanes[(Number(process.env.JEST_WORKER_ID ?? 1) - 1) % lanes.length]);
    super(config, context);
  }
}
