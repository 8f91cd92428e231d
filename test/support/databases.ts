import mysql from 'mysql2/promise';
import pg from 'pg';

/** A row as text by canonical column, so that two products can be compared. */
export type TextRow = Readonly<Record<string, string | null>>;

/** One of the two databases, with just enough to load and to look. */
export interface Database {
  readonly kind: 'postgres' | 'mariadb';
  readonly url: string;
  run(sql: string, values?: readonly unknown[]): Promise<void>;
  rows(sql: string): Promise<readonly TextRow[]>;
  /** Statements in one transaction of its own connection. */
  transaction(work: (run: (sql: string) => Promise<void>) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export const openPostgres = (url: string): Database => {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return {
    kind: 'postgres',
    url,
    run: async (sql, values = []) => {
      await pool.query(sql, [...values]);
    },
    rows: async (sql) => (await pool.query<TextRow>(sql)).rows,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await work(async (sql) => {
          await client.query(sql);
        });
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    },
    close: async () => pool.end(),
  };
};

export const openMariadb = (url: string): Database => {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: 4,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    timezone: 'Z',
  });
  return {
    kind: 'mariadb',
    url,
    run: async (sql, values = []) => {
      await pool.query(sql, [...values]);
    },
    rows: async (sql) => (await pool.query<(mysql.RowDataPacket & TextRow)[]>(sql))[0],
    transaction: async (work) => {
      const connection = await pool.getConnection();
      try {
        await connection.query('START TRANSACTION');
        await work(async (sql) => {
          await connection.query(sql);
        });
        await connection.query('COMMIT');
      } finally {
        connection.release();
      }
    },
    close: async () => pool.end(),
  };
};

/** The URL of another database on the same server. */
export const withDatabase = (url: string, database: string): string => {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.toString();
};
