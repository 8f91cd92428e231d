import { openPostgres, withDatabase } from '../support/databases.ts';
import { dropSlots, postgresSource } from '../support/product.ts';
import { common } from './configurations.ts';
import { declared } from './declared.ts';
import type { Stage } from './stage.ts';

/** A fresh database of the server at `url`. */
export const openPostgresStage = async (url: string, name: string): Promise<Stage> => {
  const admin = openPostgres(url);
  await admin.run(`CREATE DATABASE ${name}`);
  const database = openPostgres(withDatabase(url, name));
  return {
    database,
    path: 'public',
    opening: ['CREATE PUBLICATION parity FOR ALL TABLES'],
    common,
    declared,
    comparable: (told) => told,
    source: (connector, options) => postgresSource(database.url, connector, options),
    streaming: async () => {
      const [row] = await database.rows(`SELECT count(*)::text AS n FROM pg_replication_slots WHERE active AND slot_name LIKE '${name}%'`);
      return Number(row?.['n']);
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await dropSlots(admin, name);
      await admin.run(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.close();
    },
  };
};
