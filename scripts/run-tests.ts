// Runs every test suite, one after the other, and closes with the line `N passed, N failed`. Packages first, then the tests over
// the whole product. A suite's files are shared out over the lanes, each with servers of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const root = process.env['ROOT'] ?? join(import.meta.dirname, '..');
const outputDir = join(root, '.stack', 'test-results');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    help: { type: 'boolean', short: 'h' },
    'check-words': { type: 'boolean' },
    only: { type: 'string' },
    lanes: { type: 'string' },
  },
});

const workspaces = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'test'];
const known = workspaces.filter((path) => existsSync(join(root, path, 'jest.config.js')));
const suites = positionals.length === 0 ? known : known.filter((path) => positionals.includes(path));

const usage = `Usage: ./scripts/test [SUITE]... [--only PATTERN]

Installs what is missing, starts servers of its own (TEST_PORT_BASE, default 30000, and 500 above: two lanes), runs the
tests against them and removes them again. The last line is "N passed, N failed".

  SUITE    ${known.join(', ')}; default all
  --only   test files whose path matches, as ./scripts/test test --only e2e/copies

Exit codes: 0 all passed, 1 some failed or none ran, 2 usage.`;

const strange = [
  ...positionals.filter((path) => !known.includes(path)),
  ...Object.keys(values).flatMap((name) => (['help', 'check-words', 'only', 'lanes'].includes(name) ? [] : [`--${name}`])),
];
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
if (strange.length > 0) {
  console.error(`There is no ${strange.join(', ')}.\n\n${usage}`);
  process.exit(2);
}
// Asked before minutes of servers and builds.
if (values['check-words'] === true) process.exit(0);
if (typeof values.lanes !== 'string') throw new Error('Run ./scripts/test: it starts the servers and names their lanes.');

/** The addresses of the servers on a port base, as `./scripts/stack env` exports them. */
const laneOf = (portBase: string): Readonly<Record<string, string>> => {
  const env = { ...process.env, PORT_BASE: portBase };
  const addresses = execFileSync(join(root, 'scripts/stack'), ['env', '--json'], { env, encoding: 'utf8' });
  return { PORT_BASE: portBase, ...(JSON.parse(addresses) as Readonly<Record<string, string>>) };
};

const lanes = values.lanes.split(',').map(laneOf);

const runSuite = (path: string): JestResults => {
  const outputFile = join(outputDir, `${path.replaceAll('/', '-')}.json`);
  rmSync(outputFile, { force: true });
  console.log(`\n== ${path}`);
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--passWithNoTests',
      '--json',
      `--outputFile=${outputFile}`,
      `--maxWorkers=${String(lanes.length)}`,
      // kafkajs leaves timers behind when a broker it had asked was killed; nothing of ours outlives a test file.
      ...(path === 'test' ? ['--forceExit'] : []),
      ...(typeof values.only === 'string' ? [values.only] : []),
    ],
    { cwd: join(root, path), stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, HEADRACE_TEST_LANES: JSON.stringify(lanes) } },
  );
  if (existsSync(outputFile)) return JSON.parse(readFileSync(outputFile, 'utf8')) as JestResults;
  console.error(`${path}: jest ended with ${String(status)} and left no results.`);
  return { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0 };
};

mkdirSync(outputDir, { recursive: true });
let passed = 0;
let failed = 0;
for (const suite of suites) {
  const results = runSuite(suite);
  passed += results.numPassedTests;
  // A suite that cannot even be loaded has no tests to count, and must not look like success.
  failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
}

if (failed > 0 || passed === 0) process.exitCode = 1;
console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
