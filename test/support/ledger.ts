import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './databases.ts';

/** What happened to one key at the source, in commit order: versions 1..n, then perhaps its deletion. */
export interface KeyHistory {
  readonly versions: number;
  readonly isDeleted: boolean;
}

/**
 * A table whose rows count their own changes: every commit raises the version of one key by one, so that a reader of the
 * topic can tell from the versions alone what is missing, doubled, or out of order. Shares nothing with the product.
 */
export class Ledger {
  readonly #database: Database;
  readonly #table: string;
  readonly #histories = new Map<number, { versions: number; isDeleted: boolean }>();
  #isOver = false;
  #commits = 0;
  readonly #pauseMs: number;

  constructor(database: Database, table: string, pauseMs = 2) {
    this.#database = database;
    this.#table = table;
    this.#pauseMs = pauseMs;
  }

  get histories(): ReadonlyMap<number, KeyHistory> {
    return this.#histories;
  }

  get commits(): number {
    return this.#commits;
  }

  async create(keys: number): Promise<void> {
    await this.#database.run(`CREATE TABLE ${this.#table} (id bigint NOT NULL PRIMARY KEY, version integer NOT NULL, note varchar(40))`);
    const rows = Array.from({ length: keys }, (_, id) => `(${String(id)}, 1, 'first')`);
    if (keys > 0) await this.#database.run(`INSERT INTO ${this.#table} VALUES ${rows.join(', ')}`);
    for (let id = 0; id < keys; id += 1) this.#histories.set(id, { versions: 1, isDeleted: false });
  }

  /** Changes keys in turn until `stop`. A statement that fails (a server being restarted) is tried again: it did not commit. */
  async run(): Promise<void> {
    let turn = 0;
    while (!this.#isOver) {
      turn += 1;
      await this.#change(turn);
      if (this.#pauseMs > 0) await sleep(this.#pauseMs);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  async #change(turn: number): Promise<void> {
    const ids = [...this.#histories.keys()];
    const id = turn % 10 === 0 || ids.length === 0 ? ids.length : (ids[turn % ids.length] ?? 0);
    const history = this.#histories.get(id);
    if (history?.isDeleted === true) return;
    if (history === undefined) {
      await this.#commit(`INSERT INTO ${this.#table} VALUES (${String(id)}, 1, 'new')`);
      this.#histories.set(id, { versions: 1, isDeleted: false });
    } else if (turn % 29 === 0) {
      await this.#commit(`DELETE FROM ${this.#table} WHERE id = ${String(id)}`);
      history.isDeleted = true;
    } else {
      await this.#commit(
        `UPDATE ${this.#table} SET version = ${String(history.versions + 1)} WHERE id = ${String(id)} AND version = ${String(history.versions)}`,
      );
      history.versions += 1;
    }
  }

  /** All statements may be repeated: one that did commit before its connection broke is refused, or finds nothing to change. */
  async #commit(sql: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#database.run(sql);
        this.#commits += 1;
        return;
      } catch (failure) {
        if (attempt > 0 && /duplicate/i.test(String(failure))) return;
        if (attempt > 600) throw failure;
        await sleep(100);
      }
    }
  }
}
