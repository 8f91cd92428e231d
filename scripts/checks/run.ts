// `npm run check`: every gate, in the order in which a failure is cheapest to find. All run; the exit code says whether one failed.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

interface Gate {
  readonly name: string;
  readonly command: readonly string[];
}

const script = (name: string): readonly string[] => ['node', `scripts/checks/${name}.ts`];

const gates: readonly Gate[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'types of scripts', command: ['tsc', '-p', 'scripts/tsconfig.json'] },
  { name: 'types of test', command: ['tsc', '-p', 'test/tsconfig.json'] },
  { name: 'lint', command: ['eslint', '-c', 'scripts/config/eslint.config.js', '--max-warnings', '0', 'packages', 'scripts', 'test'] },
  {
    name: 'layer ranks and library homes',
    command: ['depcruise', '--config', 'scripts/config/dependency-cruiser.cjs', '--output-type', 'err', 'packages'],
  },
  { name: 'unused code', command: ['knip', '--config', 'scripts/config/knip.json', '--no-progress', '--no-config-hints'] },
  { name: 'references match dependencies', command: script('references') },
  { name: 'reading paths', command: script('reading-paths') },
  { name: 'invariants', command: script('invariants') },
  { name: 'sizes', command: script('sizes') },
];

const only = process.argv.slice(2);
const chosen = gates.filter((gate) => only.length === 0 || only.includes(gate.name));
const failed: string[] = [];

for (const gate of chosen) {
  const startedAt = performance.now();
  const [program = '', ...args] = gate.command;
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${gate.name} (${seconds} s)`);
  if (status !== 0) failed.push(gate.name);
}

if (failed.length > 0) {
  console.error(`\n${String(failed.length)} of ${String(chosen.length)} gates failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
