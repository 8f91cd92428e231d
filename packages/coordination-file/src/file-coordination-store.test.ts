import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { coordinationStoreContract } from '@headrace/ports/contract';
import { VirtualClock } from '@headrace/testkit';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileCoordinationStore } from './file-coordination-store.ts';

const { signal } = new AbortController();
let dir: string;
let files = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headrace-state-'));
});
afterAll(() => rm(dir, { recursive: true }));

const newFile = (): string => join(dir, `folder-${String((files += 1))}`, 'state');
const open = (file: string): Promise<FileCoordinationStore> => FileCoordinationStore.open({ file, clock: new VirtualClock() });
const put = (store: FileCoordinationStore, key: string, value: string, leaseId?: string) =>
  store.transact({ if: [], then: [{ put: key, value, ...(leaseId === undefined ? {} : { leaseId }) }] }, signal);

coordinationStoreContract('the coordination store in a file', async () => {
  const clock = new VirtualClock();
  const store = await FileCoordinationStore.open({ file: newFile(), clock });
  return {
    store,
    prefix: '/test/',
    until: (condition) => clock.until(condition),
    compact: async () => {
      for (let n = 0; n < 1_001; n += 1) await put(store, '/elsewhere', String(n));
    },
    close: () => store[Symbol.asyncDispose](),
  };
});

describe('a store opened again', () => {
  test('has what was written, at the same revisions, and goes on behind them', async () => {
    const file = newFile();
    const before = await open(file);
    await put(before, 'gone', 'x');
    await put(before, 'a', 'größer 💧');
    const { revision } = await before.transact({ if: [], then: [{ delete: 'gone' }] }, signal);
    const snapshot = await before.list('', signal);
    await before[Symbol.asyncDispose]();
    await using after = await open(file);
    expect(await after.list('', signal)).toEqual(snapshot);
    expect((await put(after, 'b', '1')).revision).toBe(revision + 1n);
  });

  test('has no key whose lease ended with its process, yet never gives a revision twice', async () => {
    const file = newFile();
    const before = await open(file);
    const leaseId = await before.grantLease(60_000, signal);
    const { revision } = await put(before, 'owner', 'w1', leaseId);
    await before[Symbol.asyncDispose]();
    await using after = await open(file);
    expect(await after.get('owner', signal)).toBeNull();
    expect((await put(after, 'owner', 'w2')).revision).toBeGreaterThan(revision);
  });

  test('has every transaction that anybody heard of, of many at once', async () => {
    const file = newFile();
    const before = await open(file);
    const heard: string[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await put(before, `k${String(n)}`, 'x');
        const onDisk = await readFile(file, 'utf8');
        if (onDisk.includes(`"k${String(n)}"`)) heard.push(`k${String(n)}`);
      }),
    );
    await before[Symbol.asyncDispose]();
    expect(heard).toHaveLength(100);
  });
});

describe('the file', () => {
  test('is read by its owner only', async () => {
    const file = newFile();
    await using store = await open(file);
    await put(store, 'password', 'secret');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  test('belongs to one worker at a time; what a killed one left is taken over', async () => {
    const file = newFile();
    await (await open(file))[Symbol.asyncDispose]();
    await writeFile(`${file}.lock`, '1');
    await expect(open(file)).rejects.toMatchObject({ reaction: 'config', code: 'state_file.in_use' });
    await writeFile(`${file}.lock`, '4194304999');
    await (await open(file))[Symbol.asyncDispose]();
  });

  test('of another program is left as it is, with a sentence', async () => {
    const file = join(dir, 'connect.offsets');
    await writeFile(file, Buffer.from([0xac, 0xed, 0, 5]));
    await expect(open(file)).rejects.toMatchObject({ reaction: 'config', code: 'state_file.unusable' });
    expect(await readFile(file)).toEqual(Buffer.from([0xac, 0xed, 0, 5]));
  });
});
