// TypeScript does not reject an import of a workspace package that tsconfig.json does not reference: hold both lists equal.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
}
interface TsConfig {
  readonly references?: readonly { readonly path: string }[];
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const problems: string[] = [];
const listed = new Set((read('tsconfig.json') as TsConfig).references?.map((reference) => reference.path));

for (const name of readdirSync('packages')) {
  if (!readdirSync(`packages/${name}`).includes('tsconfig.json')) continue;
  const { dependencies = {} } = read(`packages/${name}/package.json`) as PackageJson;
  const ours = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@headrace/'));
  const wanted = new Set(ours.map((dependency) => dependency.slice('@headrace/'.length)));
  const referenced = new Set((read(`packages/${name}/tsconfig.json`) as TsConfig).references?.map((reference) => basename(reference.path)));
  for (const missing of wanted.difference(referenced)) problems.push(`packages/${name}/tsconfig.json does not reference ${missing}.`);
  for (const extra of referenced.difference(wanted))
    problems.push(`packages/${name}/tsconfig.json references ${extra}, package.json does not depend on it.`);
  for (const path of [`packages/${name}`, `packages/${name}/tsconfig.test.json`]) {
    if (!listed.has(path)) problems.push(`tsconfig.json does not list ${path}.`);
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
