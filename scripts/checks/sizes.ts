// Prints the trend of file and function sizes and fails beyond the budget. Small pieces are what keeps the rest readable.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const budget = { fileMedian: 150, fileP95: 320, fileMax: 400, functionP95: 45, functionMax: 70, folderFiles: 20 } as const;

const isTest = (path: string): boolean => /\.test\.ts$|\/test\/|\/contract\/|\/testing\//.test(path);

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

const functionLengths = (path: string, text: string): number[] => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lengths: number[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && ts.isBlock(node.body)) {
      lengths.push(lineOf(node.body.end) - lineOf(node.body.getStart()) + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
};

const files = globSync('packages/*/src/**/*.ts').filter((path) => !isTest(path));
const sizes = files.map((path) => {
  const text = readFileSync(path, 'utf8');
  return { path, lines: text.split('\n').length - 1, functions: functionLengths(path, text) };
});

const ascending = (a: number, b: number): number => a - b;
const fileLines = sizes.map((size) => size.lines).toSorted(ascending);
const functionLines = sizes.flatMap((size) => size.functions).toSorted(ascending);
const folders = Object.entries(Object.groupBy(files, (path) => path.slice(0, path.lastIndexOf('/'))));

const measured = {
  fileMedian: quantile(fileLines, 0.5),
  fileP95: quantile(fileLines, 0.95),
  fileMax: fileLines.at(-1) ?? 0,
  functionP95: quantile(functionLines, 0.95),
  functionMax: functionLines.at(-1) ?? 0,
  folderFiles: Math.max(0, ...folders.map(([, paths]) => paths?.length ?? 0)),
};

console.log(
  `sizes: ${String(files.length)} files, ${String(functionLines.length)} functions; (measured/budget) ${Object.entries(measured)
    .map(([name, value]) => `${name} ${String(value)}/${String(budget[name as keyof typeof budget])}`)
    .join(', ')}`,
);
for (const { path, lines } of sizes.toSorted((a, b) => b.lines - a.lines).slice(0, 5)) console.log(`  ${String(lines)} ${path}`);

for (const [name, limit] of Object.entries(budget)) {
  if (measured[name as keyof typeof measured] > limit) {
    console.error(`${name} is ${String(measured[name as keyof typeof measured])}, the budget ${String(limit)}.`);
    process.exitCode = 1;
  }
}
