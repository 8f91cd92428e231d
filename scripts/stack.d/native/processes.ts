import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot; with the pid it names one process for as long as the machine runs. */
  readonly startTicks: string;
}

interface ProcessStat extends ProcessIdentity {
  readonly parent: number;
  readonly state: string;
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  // The second field is the program name in parentheses and may contain blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startTicks = fields[19];
  if (state === undefined || parent === undefined || startTicks === undefined) return undefined;
  return { pid, parent: Number(parent), state, startTicks };
}

async function isSame(identity: ProcessIdentity): Promise<boolean> {
  const stat = await readStat(identity.pid);
  return stat?.startTicks === identity.startTicks && stat.state !== 'Z';
}

/** True while `pid` runs a command line that contains `marker`. */
export async function isRunning(pid: number, marker: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return commandLine.replaceAll('\0', ' ').includes(marker);
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** Waits until no process has `dir` as its working directory. */
export async function isLeft(dir: string, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const workingDirs = await Promise.all(names.map(async (name) => readlink(`/proc/${name}/cwd`).catch(() => '')));
    if (!workingDirs.includes(dir)) return true;
    if (performance.now() > deadline) return false;
    await sleep(40);
  }
}

/** The process and all it started, itself first. */
async function processTree(pid: number): Promise<readonly ProcessStat[]> {
  const names = await readdir('/proc');
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(async (name) => readStat(Number(name))));
  const stats = all.filter((stat) => stat !== undefined);
  const tree = stats.filter((stat) => stat.pid === pid);
  for (const member of tree) tree.push(...stats.filter((stat) => stat.parent === member.pid));
  return tree;
}

export async function residentBytes(pid: number): Promise<number> {
  let kilobytes = 0;
  for (const member of await processTree(pid)) {
    // Pss would count PostgreSQL's shared buffers once, but needs privileges; Rss minus shared pages comes close.
    const status = await readFile(`/proc/${String(member.pid)}/status`, 'utf8').catch(() => '');
    const total = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    const shared = Number(/RssShmem:\s+(\d+)/.exec(status)?.[1] ?? 0);
    kilobytes += member.pid === pid ? total : total - shared;
  }
  return kilobytes * 1024;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}

async function areGone(members: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const alive = await Promise.all(members.map(isSame));
    if (!alive.includes(true)) return true;
    if (performance.now() > deadline) return false;
    await sleep(40);
  }
}

/**
 * Signals the process and waits for it and all its children (PostgreSQL's outlive a killed postmaster for a moment, and
 * the server does not start again before they are gone). What is left after `graceMs` is killed.
 * Resolves to false when that was necessary.
 */
export async function stopTree(pid: number, name: NodeJS.Signals, graceMs: number): Promise<boolean> {
  const members = await processTree(pid);
  signal(pid, name);
  if (await areGone(members, graceMs)) return true;
  const late = await processTree(pid);
  for (const member of [...members, ...late]) {
    if (await isSame(member)) signal(member.pid, 'SIGKILL');
  }
  await areGone([...members, ...late], 10_000);
  return name === 'SIGKILL';
}
