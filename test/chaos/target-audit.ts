import type { Database } from '../support/databases.ts';

const triggers: Readonly<Record<Database['kind'], (table: string, audit: string) => readonly string[]>> = {
  postgres: (table, audit) => [
    `CREATE FUNCTION ${audit}_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF TG_OP = 'DELETE' THEN INSERT INTO ${audit} (id, version) VALUES (OLD.id, NULL); RETURN OLD; END IF;
       INSERT INTO ${audit} (id, version) VALUES (NEW.id, NEW.version); RETURN NEW; END $$`,
    `CREATE TRIGGER ${audit}_all AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${audit}_note()`,
  ],
  mariadb: (table, audit) => [
    `CREATE TRIGGER ${audit}_i AFTER INSERT ON ${table} FOR EACH ROW INSERT INTO ${audit} (id, version) VALUES (NEW.id, NEW.version)`,
    `CREATE TRIGGER ${audit}_u AFTER UPDATE ON ${table} FOR EACH ROW INSERT INTO ${audit} (id, version) VALUES (NEW.id, NEW.version)`,
    `CREATE TRIGGER ${audit}_d AFTER DELETE ON ${table} FOR EACH ROW INSERT INTO ${audit} (id, version) VALUES (OLD.id, NULL)`,
  ],
};

/** The target's own diary of what was done to each row: a stale write shows there even if a later one hides it in the table. */
export class TargetAudit {
  readonly table: string;
  readonly #database: Database;
  readonly #audit = 'audit';

  constructor(database: Database, table: string) {
    this.#database = database;
    this.table = table;
  }

  async create(): Promise<void> {
    const { kind } = this.#database;
    const sequence = kind === 'postgres' ? 'bigserial' : 'bigint AUTO_INCREMENT';
    await this.#database.run(`CREATE TABLE ${this.table} (id bigint NOT NULL PRIMARY KEY, version integer NOT NULL, note varchar(40))`);
    await this.#database.run(`CREATE TABLE ${this.#audit} (seq ${sequence} PRIMARY KEY, id bigint NOT NULL, version integer)`);
    for (const sql of triggers[kind](this.table, this.#audit)) await this.#database.run(sql);
  }

  /** How far the target has come, for waiting that it goes on. */
  async length(): Promise<number> {
    const [row] = await this.#database.rows(`SELECT max(seq) AS length FROM ${this.#audit}`);
    return Number(row?.['length'] ?? 0);
  }

  /** Versions of a row only rise, and nothing comes after its deletion: what was applied is not applied again, nor undone. */
  async violations(): Promise<readonly string[]> {
    const rows = await this.#database.rows(`SELECT seq, id, version FROM ${this.#audit} ORDER BY seq`);
    const last = new Map<string, number>();
    const problems: string[] = [];
    for (const row of rows) {
      const id = String(row['id']);
      const version = row['version'] === null ? Infinity : Number(row['version']);
      const before = last.get(id) ?? 0;
      if (version <= before)
        problems.push(`${this.table}: row ${id} goes from ${String(before)} to ${String(version)} at ${String(row['seq'])}`);
      last.set(id, version);
    }
    return problems;
  }
}
