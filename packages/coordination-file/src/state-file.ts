import { open, readFile, rename } from 'node:fs/promises';
import { ConfigError, systemCode, toError } from '@headrace/foundation';
import type { StoredEntry } from '@headrace/ports';
import { errors } from './errors.ts';

export interface State {
  readonly revision: bigint;
  readonly entries: readonly StoredEntry[];
}

const FORMAT = 'headrace-state-1';

/** What the file holds: JSON, so that it can be looked at. Revisions are decimal texts. */
interface Content {
  readonly format: string;
  readonly revision: string;
  readonly entries: readonly (readonly [key: string, value: string, createRevision: string, modRevision: string])[];
}

/** undefined when there is no file. ConfigError `state_file.unusable` for any other file than ours. */
export const readState = async (file: string): Promise<State | undefined> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unusable(file, `cannot be read: ${toError(error).message}`);
  }
  const { revision, entries } = parse(file, text);
  return {
    revision: BigInt(revision),
    entries: entries.map(([key, value, created, modified]) => ({
      key,
      value,
      createRevision: BigInt(created),
      modRevision: BigInt(modified),
    })),
  };
};

/** The old content or the new one is there, whatever happens; readable by its owner only, for configurations have secrets. */
export const writeState = async (file: string, { revision, entries }: State): Promise<void> => {
  const content: Content = {
    format: FORMAT,
    revision: String(revision),
    entries: entries.map(({ key, value, createRevision, modRevision }) => [key, value, String(createRevision), String(modRevision)]),
  };
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(content));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
};

const parse = (file: string, text: string): Content => {
  try {
    const content = JSON.parse(text) as Content;
    if (content.format === FORMAT) return content;
  } catch {
    // Told below: it is no file of ours.
  }
  throw unusable(file, 'was not written by a worker of Headrace');
};

const unusable = (file: string, what: string): ConfigError => {
  const message = `The state file ${file} ${what}. ${errors.unusable.hint}`;
  return new ConfigError(errors.unusable.code, [{ key: 'offset.storage.file.filename', value: file, message }]);
};
