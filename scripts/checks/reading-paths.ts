// A page of packages/docs/paths tells one flow in a few files: `1. [name](../../x/src/file.ts) exports `Symbol`: ...`.
// The page is a test: each file exists, is short enough to read, and still has the symbol that the page names.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const MAX_LINES = 300;
const problems: string[] = [];
const steps = /^\d+\. \[[^\]]+\]\(([^)]+\.ts)\).*?`([A-Za-z]+)`/gm;

const pages = globSync('packages/docs/paths/*.md');
if (pages.length === 0) problems.push('packages/docs/paths has no page.');

for (const page of pages) {
  const found = [...readFileSync(page, 'utf8').matchAll(steps)];
  if (found.length < 3) problems.push(`${page} names fewer than three files.`);
  for (const [, link = '', symbol = ''] of found) {
    const path = normalize(join(dirname(page), link));
    if (!existsSync(path)) {
      problems.push(`${page} names ${path}, which does not exist.`);
      continue;
    }
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n').length - 1;
    if (lines > MAX_LINES) problems.push(`${path} has ${String(lines)} lines, a file on a reading path at most ${String(MAX_LINES)}.`);
    if (!new RegExp(`export (?:abstract )?(?:async )?(?:const|class|function|interface|type) ${symbol}\\b`).test(text)) {
      problems.push(`${page} names ${symbol}, which ${path} does not export.`);
    }
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
