// Every numbered invariant of packages/docs/invariants.md is enforced somewhere (`// I2: ...`) and has a test whose title names it (`I2: ...`).
import { globSync, readFileSync } from 'node:fs';

const numbers = [...readFileSync('packages/docs/invariants.md', 'utf8').matchAll(/^\| (I\d+) \|/gm)].map(([, number = '']) => number);
const sources = globSync(['packages/*/src/**/*.ts', 'packages/*/test/**/*.ts', 'test/**/*.ts']).filter(
  (path) => !path.includes('node_modules'),
);
const texts = sources.map((path) => ({ isTest: /\.test\.ts$|\/contract\//.test(path), text: readFileSync(path, 'utf8') }));

const problems = numbers.flatMap((number) => {
  const hasSite = texts.some(({ isTest, text }) => !isTest && new RegExp(`\\b${number}\\b:`).test(text));
  const hasTest = texts.some(({ isTest, text }) => isTest && new RegExp(`['"\`]${number}: `).test(text));
  return [...(hasSite ? [] : [`${number} has no site in the code.`]), ...(hasTest ? [] : [`${number} has no test that names it.`])];
});

if (numbers.length === 0) problems.push('packages/docs/invariants.md lists no invariant.');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
