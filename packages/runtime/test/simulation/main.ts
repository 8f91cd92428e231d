// Runs histories and prints what broke: node --conditions=@headrace/source main.ts [--seed 1] [--count 100] [--records]
import { parseArgs } from 'node:util';
import { simulate, type Verdict } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    /** Tasks move records: shows more, takes longer. */
    records: { type: 'boolean', default: false },
    /** Ends after so many broken histories. */
    limit: { type: 'string', default: '3' },
  },
});

const describeFailure = ({ seed, violations, events }: Verdict): string =>
  [
    `Seed ${String(seed)} breaks; \`--seed ${String(seed)} --count 1${values.records ? ' --records' : ''}\` runs it alone:`,
    ...violations.slice(0, 10).map((violation) => `  ${violation}`),
    ...events.map((event) => `    ${event}`),
  ].join('\n');

const first = Number(values.seed);
const end = first + Number(values.count);
let broken = 0;
let seed = first;
for (; seed < end && broken < Number(values.limit); seed += 1) {
  const verdict = await simulate(seed, values.records);
  if (verdict.violations.length === 0) continue;
  broken += 1;
  process.stdout.write(`${describeFailure(verdict)}\n`);
}
process.stdout.write(`${String(seed - first)} histories, ${String(broken)} broken\n`);
process.exitCode = broken === 0 ? 0 : 1;
