// Benchmarks beside the peer, in turn on the same servers: see README.md for the method.
import { optionsOrUsage } from '../support/command-line.ts';
import { runScript } from '../support/scripts.ts';
import { startStack } from '../support/stack.ts';
import { TopicCounter } from './measure/topic-counter.ts';
import { parseOptions, usage, type BenchOptions } from './options.ts';
import { ratiosOf, type RunReport } from './report.ts';
import { isStackUp } from './servers.ts';
import { buildHeadrace, requireNoWorkers } from './systems/headrace.ts';
import { takeTurns } from './turns.ts';

const startedAt = performance.now();

const say = (text: string): void => {
  console.error(`[${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s] ${text}`);
};

const print = (line: unknown): void => {
  console.log(JSON.stringify(line));
};

const bench = async (options: BenchOptions, signal: AbortSignal): Promise<void> => {
  await using made = new AsyncDisposableStack();
  if (!(await isStackUp())) {
    say('starting the servers');
    made.defer(async () => {
      await runScript('stack', ['down']);
    });
  }
  const servers = await startStack();
  await requireNoWorkers();
  if (options.systems.includes('headrace')) await buildHeadrace();
  const topics = made.use(new TopicCounter(servers.kafkaBrokers));
  await topics.connect();
  const reports: RunReport[] = [];
  const { shape, hasTransforms, hasReference } = options;
  await takeTurns({ servers, topics, shape, hasTransforms, hasReference, signal, say }, options, (report) => {
    reports.push(report);
    print(report);
  });
  const ratios = ratiosOf(reports);
  if (ratios !== undefined) print(ratios);
};

/** The failure itself first, then what failed while taking down after it. */
const sentences = (failure: unknown): readonly string[] => {
  if (failure instanceof SuppressedError) return [...sentences(failure.suppressed), ...sentences(failure.error)];
  return [failure instanceof Error ? failure.message : String(failure)];
};

/** The first signal takes everything down in order, a second one leaves it as it is. */
const interruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      say('interrupted: taking down what was started (once more to leave it)');
      controller.abort();
    });
  }
  return controller.signal;
};

const options = optionsOrUsage(parseOptions, usage);
const signal = interruption();
if (options === undefined) {
  process.exitCode = 2;
} else {
  try {
    await bench(options, signal);
  } catch (failure) {
    if (signal.aborted) process.exitCode = 130;
    else {
      process.exitCode = 1;
      console.error(sentences(failure).join('\n'));
    }
  }
}
