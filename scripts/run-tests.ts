// Runs every test suite, one at a time, and closes with the line `N passed, N failed`. Packages first, then the tests over
// the whole product. Two suites at once on two cores, beside the servers, make time-outs speak of the machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const root = process.env['ROOT'] ?? join(import.meta.dirname, '..');
const outputDir = join(root, '.stack', 'test-results');
const only = process.argv.slice(2);

const workspaces = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'test'];
const suites = workspaces.filter((path) => existsSync(join(root, path, 'jest.config.js')) && (only.length === 0 || only.includes(path)));

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
      '--maxWorkers=1',
      // kafkajs leaves timers behind when a broker it had asked was killed; nothing of ours outlives a test file.
      ...(path === 'test' ? ['--forceExit'] : []),
    ],
    { cwd: join(root, path), stdio: ['ignore', 'ignore', 'inherit'] },
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
