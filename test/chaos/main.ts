// Three workers under load, and everything that can go wrong with them and their servers; see options.ts.
import { optionsOrUsage } from '../support/command-line.ts';
import { parseOptions, usage } from './options.ts';
import { reportText } from './report.ts';
import { runChaos } from './run-chaos.ts';

const startedAt = performance.now();

const say = (text: string): void => {
  console.log(`[${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s] ${text}`);
};

const options = optionsOrUsage(parseOptions, usage);
if (options === undefined) {
  process.exitCode = 2;
} else {
  say(`Seed ${String(options.seed)}`);
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // The second one ends it at once.
    process.once(name, () => {
      say(`${name}: what was started is taken down after this step.`);
      interruption.abort(new Error(`Interrupted by ${name}.`));
    });
  }
  try {
    const report = await runChaos(options, say, interruption.signal);
    console.log(reportText(report));
    process.exitCode = report.violations.length + report.delays.length === 0 ? 0 : 1;
  } catch (failure) {
    console.error(failure instanceof Error ? failure.stack : failure);
    process.exitCode = 1;
  }
}
// Clients that only watch here keep timers for brokers that were killed.
process.exit();
