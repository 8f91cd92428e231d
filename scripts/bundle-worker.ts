import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

/**
 * Joins the compiled worker with the libraries it runs on into packages/worker/dist/bundle, one file for the process,
 * one for the threads of its tasks, one for the thread of its lease; beside them what they import only when it is needed.
 * Decision: packages/docs/adr/20261125-workers-run-from-a-bundle.md.
 */

const compiled = join(import.meta.dirname, '../packages/worker/dist');
const outdir = join(compiled, 'bundle');

/** They read files beside themselves or load native code, or they are optional parts of others and not installed. */
const external = ['etcd3', '@platformatic/wasm-utils', '@node-rs/crc32', 'pg-native', 'cardinal'];

/** Libraries of many modules that only export, and do not say so: what nobody imports of them is left out. */
const pureLibrary = '@platformatic/kafka';

const dropUnused: Plugin = {
  name: 'drop-unused',
  setup(bundler) {
    bundler.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === dropUnused || (!path.includes(pureLibrary) && !importer.includes(pureLibrary))) return undefined;
      const found = await bundler.resolve(path, { importer, resolveDir, kind, pluginData: dropUnused });
      return found.path.includes(pureLibrary) ? { ...found, sideEffects: false } : found;
    });
  },
};

/** The library's source with `from` replaced. Another version of it may do another way what we rely on. */
const replaced = (path: string, source: string, from: string, to: string): string => {
  if (!source.includes(from)) throw new Error(`${path} has no "${from}" any more: see what stands in its place.`);
  return source.replace(from, to);
};

const eager = 'export const ajv = new Ajv2020(';
const onDemand = `class OnDemand extends Ajv2020 {
  compile(schema, isMeta) {
    let validate;
    const validateOnDemand = (value) => {
      validate ??= super.compile(schema, isMeta);
      const isValid = validate(value);
      validateOnDemand.errors = validate.errors;
      return isValid;
    };
    return validateOnDemand;
  }
}
export const ajv = new OnDemand(`;

/**
 * The Kafka client compiles the validators of all its clients' options when it is loaded, a quarter of what a thread of a task
 * needs to start; two or three of them are ever used.
 */
const compileOnDemand: Plugin = {
  name: 'compile-on-demand',
  setup(bundler) {
    bundler.onLoad({ filter: /@platformatic[/\\]kafka[/\\]dist[/\\]utils\.js$/ }, async ({ path }) => {
      return { contents: replaced(path, await readFile(path, 'utf8'), eager, onDemand), loader: 'js' };
    });
  },
};

/** Large parts of a request as they are, what lies between them as one. */
const writeParts = `
const writeParts = (socket, buffers) => {
  socket.cork();
  let small = [];
  let canWrite = true;
  for (const buffer of [...buffers, undefined]) {
    if (buffer !== undefined && buffer.length < 4096) {
      small.push(buffer);
      continue;
    }
    if (small.length > 0) canWrite = socket.write(Buffer.concat(small));
    if (buffer !== undefined) canWrite = socket.write(buffer);
    small = [];
  }
  socket.uncork();
  return canWrite;
};
`;

/**
 * The Kafka client copies each request into one buffer before it writes it: half a megabyte of garbage for each batch. The socket
 * takes the parts as well, and they stay as they are until they are acknowledged (see `BatchBuilder.retire`).
 */
const writeUncopied: Plugin = {
  name: 'write-uncopied',
  setup(bundler) {
    bundler.onLoad({ filter: /@platformatic[/\\]kafka[/\\]dist[/\\]network[/\\]connection\.js$/ }, async ({ path }) => {
      const inParts = replaced(path, await readFile(path, 'utf8'), 'payload: writer.buffer,', 'payload: writer.buffers,');
      const contents = replaced(path, inParts, 'this.#socket.write(request.payload)', 'writeParts(this.#socket, request.payload)');
      return { contents: contents + writeParts, loader: 'js' };
    });
  },
};

// CommonJS libraries inside a module need these names.
const commonJs = [
  `import { createRequire as $createRequire } from 'node:module';`,
  `const require = $createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;`,
].join(' ');

/** Workers may be running from the file: it is replaced as a whole, and only by another content. */
const replaceFile = async (path: string, contents: Uint8Array): Promise<void> => {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents) === true) return;
  await writeFile(`${path}.partial`, contents);
  await rename(`${path}.partial`, path);
};

interface Thread {
  /** Of its entry in the bundle. */
  readonly name: string;
  /** Its entry, compiled. */
  readonly entry: string;
  /** Libraries that are not loaded with it: each would cost every worker megabytes for what few connectors or other threads need. */
  readonly without: readonly string[];
}

const threads: readonly Thread[] = [
  { name: 'main', entry: 'main.js', without: ['mysql2'] },
  { name: 'task-thread', entry: 'task/task-thread.js', without: ['mysql2', 'etcd3', 'fastify'] },
  { name: 'lease-thread', entry: 'lease/lease-thread.js', without: ['mysql2', 'etcd3', 'fastify', 'pg', 'pino'] },
];

/** All files and libraries that come with a file of the bundle without being asked for. */
const loadedWith = (file: string, metafile: Metafile, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(file)) return seen;
  seen.add(file);
  const { imports, inputs } = metafile.outputs[file] ?? { imports: [], inputs: {} };
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) seen.add(path);
  for (const { path, kind } of imports) if (kind !== 'dynamic-import') loadedWith(path, metafile, seen);
  return seen;
};

const check = ({ name, without }: Thread, metafile: Metafile): void => {
  const loaded = [...loadedWith(relative(process.cwd(), join(outdir, `${name}.js`)), metafile)];
  const heavy = without.filter((library) => loaded.some((path) => path === library || path.includes(`node_modules/${library}/`)));
  if (heavy.length > 0) throw new Error(`${name} loads ${heavy.join(', ')} at its start: import it where it is used, by import().`);
};

/**
 * Each thread by itself: what is split off is only what it imports by `import()`. Between threads esbuild splits by files, and
 * one would get whatever a file of the other imports.
 */
const bundled = async (thread: Thread): Promise<readonly OutputFile[]> => {
  const { outputFiles, metafile } = await build({
    entryPoints: { [thread.name]: join(compiled, thread.entry) },
    outdir,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    chunkNames: 'part-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external,
    plugins: [dropUnused, compileOnDemand, writeUncopied],
    banner: { js: commonJs },
    // Names stay, for the traces in statuses and logs.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
  check(thread, metafile);
  return outputFiles;
};

const files = (await Promise.all(threads.map(bundled))).flat();
const isPart = ({ path }: OutputFile): boolean => basename(path).startsWith('part-');
await mkdir(outdir, { recursive: true });
// Parts before what imports them.
for (const { path, contents } of [...files.filter(isPart), ...files.filter((file) => !isPart(file))]) await replaceFile(path, contents);
const built = new Set(files.map(({ path }) => basename(path)));
// Not what another build is just writing, `.partial`.
const outdated = (await readdir(outdir)).filter((name) => /\.js(\.map)?$/.test(name) && !built.has(name));
for (const name of outdated) await rm(join(outdir, name), { force: true });
