export { exitCodes, type ExitCode } from './exit-codes.ts';
export { runCli, type Surroundings } from './run-cli.ts';
