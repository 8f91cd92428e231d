import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/scripts.ts';

const run = promisify(execFile);

/** A stage of a Dockerfile, with its root in a folder. */
interface Stage {
  readonly name: string;
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
  command: readonly string[];
}

export interface BuiltImage {
  /** Where `/` of the image is. Holds Node.js at `usr/local/bin/node`, as the base image does. */
  readonly root: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** Users are the machine's, not the folder's. */
const changesTheMachine = /\b(?:groupadd|useradd|apt-get)\b/;

const instructionsOf = (dockerfile: string): readonly (readonly [string, string])[] =>
  dockerfile
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);

/**
 * Does what `docker build` would do with the Dockerfile, in folders of `folder` instead of containers, for machines without an
 * engine: COPY from the checkout (what git tracks) and between stages, RUN, WORKDIR, ENV, CMD. Users are not created.
 * Resolves with the last stage; rejects with the output of the command that failed.
 */
export const buildStages = async (dockerfilePath: string, folder: string): Promise<BuiltImage> => {
  const stages: Stage[] = [];
  for (const [instruction, rest] of instructionsOf(await readFile(dockerfilePath, 'utf8'))) {
    if (instruction === 'FROM') stages.push(await newStage(folder, /\bAS (\S+)$/.exec(rest)?.[1] ?? 'image'));
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${instruction} stands before the first FROM.`);
    await obey(stage, instruction, rest, stages);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error(`${dockerfilePath} has no stage.`);
  return last;
};

const newStage = async (folder: string, name: string): Promise<Stage> => {
  const stageRoot = join(folder, name);
  const node = join(stageRoot, 'usr/local/bin/node');
  await mkdir(dirname(node), { recursive: true });
  await copyFile(process.execPath, node);
  return { name, root: stageRoot, workdir: '/', environment: {}, command: [] };
};

const obey = async (stage: Stage, instruction: string, rest: string, stages: readonly Stage[]): Promise<void> => {
  const here = join(stage.root, stage.workdir);
  if (instruction === 'WORKDIR') {
    stage.workdir = rest;
    await mkdir(join(stage.root, rest), { recursive: true });
  } else if (instruction === 'ENV') {
    Object.assign(stage.environment, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))));
  } else if (instruction === 'CMD') {
    stage.command = JSON.parse(rest) as readonly string[];
  } else if (instruction === 'COPY') {
    await copy(here, rest.split(' '), stages);
  } else if (instruction === 'RUN' && !changesTheMachine.test(rest)) {
    await run('/bin/sh', ['-c', rest], { cwd: here, env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 });
  }
};

/** Without what npm and the test runner say to their children: npm would install into this checkout. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !name.toLowerCase().startsWith('npm_')));

const copy = async (here: string, words: readonly string[], stages: readonly Stage[]): Promise<void> => {
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = join(here, paths.at(-1) ?? '');
  const isFolder = paths.at(-1)?.endsWith('/') === true;
  for (const source of paths.slice(0, -1)) {
    if (from === undefined) await copyTracked(source, isFolder ? join(target, source.slice(source.lastIndexOf('/') + 1)) : target);
    else await cp(join(stages.find(({ name }) => name === from)?.root ?? '', source), target, { recursive: true, verbatimSymlinks: true });
  }
};

/** What git tracks, as a clean checkout would have it: no dist, no node_modules. */
const copyTracked = async (source: string, target: string): Promise<void> => {
  const { stdout } = await run('git', ['ls-files', '-z', '--', source], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    const place = join(target, file.slice(source.length));
    await mkdir(dirname(place), { recursive: true });
    await copyFile(join(root, file), place);
  }
};
