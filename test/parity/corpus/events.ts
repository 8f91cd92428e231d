import type { Chapter } from '../parity-run.ts';

const big = (seed: string): string => `(SELECT string_agg(md5('${seed}' || i), '') FROM generate_series(1, 300) AS i)`;

const toastColumns = `doc text, raw bytea, docs text[], nums integer[], longs bigint[], amounts numeric[], ids uuid[], flags boolean[],
  map hstore, js jsonb, x xml, dec numeric, bits varbit, p path, kind varchar(20000), c citext, blobs bytea[], days date[]`;

const toastValues = (seed: string): string => `${big(seed)}, ${big(seed)}::bytea, ARRAY[${big(seed)}],
  (SELECT array_agg(i) FROM generate_series(1, 3000) AS i), (SELECT array_agg(i::bigint) FROM generate_series(1, 3000) AS i),
  (SELECT array_agg(i / 7.0) FROM generate_series(1, 3000) AS i), (SELECT array_agg(md5(i::text)::uuid) FROM generate_series(1, 300) AS i),
  (SELECT array_agg(i % 2 = 0) FROM generate_series(1, 9000) AS i), hstore('k', ${big(seed)}), to_jsonb(${big(seed)}),
  xmlelement(name a, ${big(seed)}), repeat('1234567890', 900)::numeric, repeat('10', 9000)::varbit,
  (SELECT ('[' || string_agg('(1,' || i || ')', ',') || ']')::path FROM generate_series(1, 600) AS i), ${big(seed)}, ${big(seed)},
  ARRAY[${big(seed)}::bytea], (SELECT array_agg(DATE '2020-01-01' + i) FROM generate_series(1, 3000) AS i)`;

const toastTables = ['toast_default', 'toast_full', 'toast_index', 'toast_nothing'] as const;

const toastTable = (name: string): readonly string[] => [
  `CREATE TABLE ${name} (id integer PRIMARY KEY, other integer NOT NULL, n integer, ${toastColumns})`,
  `CREATE UNIQUE INDEX ${name}_other ON ${name} (other)`,
  `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = '${name}'::regclass AND attnum > 3 LOOP
    EXECUTE format('ALTER TABLE ${name} ALTER %I SET STORAGE EXTERNAL', c); END LOOP; END $$`,
];

const longArrays = [
  'int2',
  'oid',
  'float8',
  'varchar(20)',
  'char(20)',
  'citext',
  'json',
  'inet',
  'ltree',
  'timestamptz',
  'mood',
  'timestamp',
] as const;

/** Arrays too long for their row, of element types whose placeholder is another than that of the arrays above. */
const longArrayTable = [
  `CREATE TABLE toast_arrays (id integer PRIMARY KEY, n integer, ${longArrays.map((type, index) => `a${String(index)} ${type}[]`).join(', ')})`,
  `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = 'toast_arrays'::regclass AND attnum > 2 LOOP
    EXECUTE format('ALTER TABLE toast_arrays ALTER %I SET STORAGE EXTERNAL', c); END LOOP; END $$`,
];

const longArrayElements: Readonly<Record<(typeof longArrays)[number], string>> = {
  int2: '1',
  oid: '1',
  float8: '1.5',
  'varchar(20)': 'abc',
  'char(20)': 'abc',
  citext: 'abc',
  json: '[]',
  inet: '10.0.0.1',
  ltree: 'a.b',
  timestamptz: '2020-01-01 00:00:00+00',
  mood: 'ok',
  timestamp: '2020-01-01 00:00:00',
};

const longArrayChanges = [
  `INSERT INTO toast_arrays VALUES (1, 1, ${longArrays.map((type) => `array_fill('${longArrayElements[type]}'::${type}, ARRAY[3000])`).join(', ')})`,
  'UPDATE toast_arrays SET n = 2',
];

/** Tables beyond the types: keys, identities, defaults, partitions. */
export const eventTables: readonly string[] = [
  'CREATE TABLE plain (id serial PRIMARY KEY, note text NOT NULL, n integer DEFAULT 7, at timestamptz NOT NULL DEFAULT now(), amount numeric(8,2) NOT NULL DEFAULT 1.50)',
  "COMMENT ON COLUMN plain.note IS 'What is said about it'",
  'CREATE TABLE full_identity (id bigserial PRIMARY KEY, note text, n integer)',
  'ALTER TABLE full_identity REPLICA IDENTITY FULL',
  'CREATE TABLE no_key (a integer, b text)',
  'ALTER TABLE no_key REPLICA IDENTITY FULL',
  'CREATE TABLE unique_only (a integer, b integer NOT NULL, c integer)',
  'CREATE UNIQUE INDEX unique_only_ab ON unique_only (a, b)',
  'ALTER TABLE unique_only REPLICA IDENTITY FULL',
  'CREATE TABLE two_keys (b integer, a text, v jsonb NOT NULL, PRIMARY KEY (a, b))',
  'CREATE TABLE by_index (id integer PRIMARY KEY, code varchar(8) NOT NULL, v text)',
  'CREATE UNIQUE INDEX by_index_code ON by_index (code)',
  'ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code',
  'CREATE TABLE custom_key (id integer PRIMARY KEY, tenant integer NOT NULL, region text NOT NULL, v text)',
  'ALTER TABLE custom_key REPLICA IDENTITY FULL',
  'CREATE TABLE required (id integer PRIMARY KEY, b boolean NOT NULL, i2 smallint NOT NULL, i8 bigint NOT NULL, f4 real NOT NULL, f8 double precision NOT NULL,' +
    ' d numeric(6,2) NOT NULL, nu numeric NOT NULL, m money NOT NULL, t text NOT NULL, ch char(3) NOT NULL, u uuid NOT NULL, js json NOT NULL,' +
    ' x xml NOT NULL, by bytea NOT NULL, da date NOT NULL, ti time NOT NULL, tz timetz NOT NULL, ts timestamp NOT NULL, tss timestamp(3) NOT NULL,' +
    ' tsz timestamptz NOT NULL, iv interval NOT NULL, bi bit(5) NOT NULL, bo bit NOT NULL, ip inet NOT NULL, mo mood NOT NULL, ar integer[] NOT NULL,' +
    ' te text[] NOT NULL, hs hstore NOT NULL, po point NOT NULL, ra int4range NOT NULL, lt ltree NOT NULL, ci citext NOT NULL, ve vector NOT NULL, ge geometry NOT NULL)',
  'CREATE TABLE defaults (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b boolean NOT NULL DEFAULT true, i2 smallint DEFAULT -3, i8 bigint DEFAULT 9007199254740993,' +
    " f4 real DEFAULT 1.5, f8 double precision DEFAULT -0.25, d numeric(6,2) DEFAULT 12.3, nu numeric DEFAULT 1.50, m money DEFAULT 3.5, t text DEFAULT 'it''s', v varchar(9) DEFAULT 'x'," +
    " ch char(3) DEFAULT 'a', u uuid DEFAULT '76019d1a-ad2e-4b22-96e9-1a6d6543c818', u2 uuid NOT NULL DEFAULT gen_random_uuid(), js jsonb NOT NULL DEFAULT '{}', by bytea DEFAULT '\\x0102'," +
    " da date DEFAULT '2020-01-01', ti time DEFAULT '01:02:03', ts timestamp DEFAULT '2020-01-01 00:00:00.5', tn timestamp DEFAULT now(), tsz timestamptz DEFAULT '2020-01-01 00:00:00+00'," +
    " tcz timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, iv interval DEFAULT '1 day', bi bit(5) DEFAULT B'10101', bo bit DEFAULT B'1', ip inet DEFAULT '10.0.0.1', mo mood DEFAULT 'ok'," +
    " ar integer[] DEFAULT '{1,2}', hs hstore DEFAULT 'a=>1', po point DEFAULT '(1,2)', nn text DEFAULT NULL, ex integer NOT NULL DEFAULT 1 + 2, neg integer DEFAULT -5," +
    " cu text DEFAULT CURRENT_USER, lo text NOT NULL DEFAULT lower('ABC'), dp price DEFAULT 9.99, tinf timestamp DEFAULT 'infinity', ct citext DEFAULT 'Ab')",
  'CREATE TABLE generated (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) STORED, v text)',
  'CREATE TABLE "Mixed-Case $1" ("Id" integer PRIMARY KEY, "a b" text, "1st" integer, "_x" integer, "ä" text)',
  'CREATE TABLE parts (id integer, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region)',
  "CREATE TABLE parts_eu PARTITION OF parts FOR VALUES IN ('eu')",
  'CREATE TABLE evolving (id integer PRIMARY KEY, a integer, b text)',
  'CREATE TABLE truncated (id integer PRIMARY KEY)',
  'CREATE TABLE truncated_too (id integer PRIMARY KEY, up integer REFERENCES truncated)',
  ...toastTables.flatMap(toastTable),
  ...longArrayTable,
  'ALTER TABLE toast_full REPLICA IDENTITY FULL',
  'ALTER TABLE toast_index REPLICA IDENTITY USING INDEX toast_index_other',
  'ALTER TABLE toast_nothing REPLICA IDENTITY NOTHING',
];

const requiredValues =
  "true, 1, 2, 1.5, 2.5, 3.25, 1.50, 4, 'x', 'ab', '76019d1a-ad2e-4b22-96e9-1a6d6543c818', '{\"a\":1}', '<a/>', '\\x01', '2020-01-01', '01:02:03', '01:02:03+00'," +
  " '2020-01-01', '2020-01-01', '2020-01-01+00', '1 day', B'00101', B'1', '10.0.0.1', 'ok', '{1}', '{a}', 'a=>1', '(1,2)', '[1,2)', 'a.b', 'C', '[1,2]'," +
  " '0101000000000000000000F03F0000000000000040'";

export const firstRows: readonly string[] = [
  "INSERT INTO plain (note) VALUES ('in the snapshot'), ('another')",
  "INSERT INTO full_identity (note, n) VALUES ('a', 1), ('b', NULL)",
  "INSERT INTO no_key VALUES (1, 'x')",
  'INSERT INTO unique_only VALUES (1, 2, 3), (NULL, 5, 6)',
  "INSERT INTO two_keys VALUES (1, 'k', '{}')",
  "INSERT INTO by_index VALUES (1, 'c1', 'x')",
  "INSERT INTO custom_key VALUES (1, 10, 'eu', 'x')",
  `INSERT INTO required VALUES (1, ${requiredValues})`,
  'INSERT INTO defaults DEFAULT VALUES',
  "INSERT INTO generated (id, v) VALUES (1, 'a')",
  `INSERT INTO "Mixed-Case $1" VALUES (1, 'x', 2, 3, 'y')`,
  "INSERT INTO parts VALUES (1, 'eu', 'x')",
  "INSERT INTO evolving VALUES (1, 1, 'x')",
  'INSERT INTO truncated VALUES (1)',
];

const toastChanges = toastTables.flatMap((name) => [
  `INSERT INTO ${name} VALUES (1, 1, 1, ${toastValues(name)})`,
  ...(name === 'toast_nothing' ? [] : [`UPDATE ${name} SET n = 2`, `UPDATE ${name} SET doc = 'short', n = 3`]),
  // An identity without the key cannot tell these: ours fails and says so, Debezium invents a key (differences.ts).
  ...(name === 'toast_nothing' || name === 'toast_index'
    ? []
    : [`UPDATE ${name} SET id = 2`, `UPDATE ${name} SET other = 5`, `DELETE FROM ${name}`]),
]);

/** One change per chapter: what is read again is the row as it is by then. */
export const reselectChapters: readonly Chapter[] = [
  `INSERT INTO toast_default VALUES (1, 1, 1, ${toastValues('again')})`,
  'UPDATE toast_default SET n = 2',
  "UPDATE toast_default SET n = NULL, doc = 'short'",
  'UPDATE toast_default SET id = 2',
  'ALTER TABLE toast_default REPLICA IDENTITY FULL',
  'UPDATE toast_default SET n = 3',
  'DELETE FROM toast_default',
  ...longArrayChanges,
].map((sql) => ({ title: sql.slice(0, 40), statements: [sql] }));

export const reselectTables: readonly string[] = [...toastTable('toast_default'), ...longArrayTable];

export const eventChapters: readonly Chapter[] = [
  {
    title: 'plain changes',
    statements: [
      "INSERT INTO plain (note, n) VALUES ('streamed', NULL)",
      "UPDATE plain SET note = 'changed' WHERE id = 3",
      'UPDATE plain SET note = note WHERE id = 3',
      'UPDATE plain SET id = 30 WHERE id = 3',
      'DELETE FROM plain WHERE id = 30',
      "INSERT INTO full_identity (note, n) VALUES ('c', 3)",
      'UPDATE full_identity SET n = n + 1',
      'UPDATE full_identity SET n = n',
      'UPDATE full_identity SET id = id + 100 WHERE id = 1',
      'DELETE FROM full_identity WHERE id = 2',
      "INSERT INTO no_key VALUES (2, 'y')",
      'UPDATE no_key SET a = a + 1',
      'DELETE FROM no_key WHERE a = 2',
      'INSERT INTO unique_only VALUES (7, 8, 9)',
      'UPDATE unique_only SET a = 70 WHERE a = 7',
      'UPDATE unique_only SET c = 0 WHERE a IS NULL',
      'DELETE FROM unique_only WHERE a = 70',
      `INSERT INTO two_keys VALUES (2, 'k', '[1]')`,
      "UPDATE two_keys SET v = '[2]' WHERE b = 2",
      "UPDATE two_keys SET a = 'other' WHERE b = 2",
      'DELETE FROM two_keys WHERE b = 2',
      "INSERT INTO custom_key VALUES (2, 20, 'us', 'y')",
      "UPDATE custom_key SET v = 'z' WHERE id = 2",
      "UPDATE custom_key SET region = 'eu' WHERE id = 2",
      'DELETE FROM custom_key WHERE id = 2',
      `INSERT INTO required VALUES (2, ${requiredValues})`,
      'UPDATE required SET t = t WHERE id = 2',
      'UPDATE required SET id = 3 WHERE id = 2',
      'DELETE FROM required WHERE id = 3',
      'INSERT INTO defaults DEFAULT VALUES',
      'DELETE FROM defaults WHERE id = 2',
      "INSERT INTO generated (id, v) VALUES (2, 'b')",
      'DELETE FROM generated WHERE id = 2',
      `INSERT INTO "Mixed-Case $1" VALUES (2, 'x', 2, 3, 'y')`,
      `DELETE FROM "Mixed-Case $1" WHERE "Id" = 2`,
      "INSERT INTO parts VALUES (2, 'eu', 'x')",
      "UPDATE parts SET v = 'y' WHERE id = 2",
    ],
  },
  {
    title: 'transactions',
    statements: [
      "BEGIN; INSERT INTO plain (note) VALUES ('a'); INSERT INTO full_identity (note) VALUES ('b'); UPDATE plain SET note = 'c' WHERE note = 'a'; DELETE FROM plain WHERE note = 'c'; COMMIT",
      "BEGIN; INSERT INTO plain (note) VALUES ('rolled back'); ROLLBACK",
      "BEGIN; SAVEPOINT a; INSERT INTO plain (note) VALUES ('kept'); SAVEPOINT b; INSERT INTO plain (note) VALUES ('lost'); ROLLBACK TO b; INSERT INTO full_identity (note) VALUES ('kept too'); COMMIT",
      'INSERT INTO truncated VALUES (2); INSERT INTO truncated_too VALUES (1, 2)',
      'TRUNCATE truncated, truncated_too',
      'TRUNCATE truncated CASCADE',
      'INSERT INTO truncated VALUES (3)',
    ],
  },
  {
    title: 'transactions of another server',
    statements: [
      "SELECT pg_replication_origin_create('parity') WHERE NOT EXISTS (SELECT FROM pg_replication_origin WHERE roname = 'parity')",
      "SELECT pg_replication_origin_session_setup('parity'); BEGIN; SELECT pg_replication_origin_xact_setup('16/B374D848', now());" +
        " INSERT INTO plain (note) VALUES ('from elsewhere'); SELECT pg_logical_emit_message(true, 'kept', 'from elsewhere');" +
        " DELETE FROM plain WHERE note = 'from elsewhere'; COMMIT; SELECT pg_replication_origin_session_reset()",
      "INSERT INTO plain (note) VALUES ('from here')",
    ],
  },
  {
    title: 'logical messages',
    statements: [
      "SELECT pg_logical_emit_message(true, 'kept', 'a text')",
      "SELECT pg_logical_emit_message(false, 'kept too', '\\x00ff'::bytea)",
      "SELECT pg_logical_emit_message(true, 'left out', 'x')",
      "BEGIN; INSERT INTO plain (note) VALUES ('before'); SELECT pg_logical_emit_message(true, 'kept', 'between'); INSERT INTO plain (note) VALUES ('behind'); COMMIT",
    ],
  },
  { title: 'TOAST', statements: [...toastChanges, ...longArrayChanges] },
  {
    title: 'an added column',
    statements: ['ALTER TABLE evolving ADD COLUMN c numeric(5,1) NOT NULL DEFAULT 1.5', "INSERT INTO evolving VALUES (2, 2, 'y')"],
  },
  {
    title: 'a dropped column',
    statements: [
      'ALTER TABLE evolving DROP COLUMN a',
      "INSERT INTO evolving VALUES (3, 'z', 2)",
      'UPDATE evolving SET b = NULL WHERE id = 2',
    ],
  },
  { title: 'a renamed column', statements: ['ALTER TABLE evolving RENAME COLUMN b TO bb', 'UPDATE evolving SET c = 3 WHERE id = 3'] },
  {
    title: 'a wider type',
    statements: [
      'ALTER TABLE evolving ALTER COLUMN bb TYPE varchar(50), ADD COLUMN d integer, ALTER COLUMN id TYPE bigint',
      "INSERT INTO evolving VALUES (9007199254740993, 'w', 1, 1)",
    ],
  },
  {
    title: 'a key of two columns',
    statements: [
      'ALTER TABLE evolving DROP CONSTRAINT evolving_pkey, ADD PRIMARY KEY (id, c)',
      "INSERT INTO evolving VALUES (5, 'v', 1, 1)",
      'DELETE FROM evolving WHERE id = 5',
    ],
  },
  {
    title: 'a table made while streaming',
    statements: ['CREATE TABLE late (id integer PRIMARY KEY, v mood)', "INSERT INTO late VALUES (1, 'calm')"],
  },
  { title: 'another label', statements: ["ALTER TYPE mood ADD VALUE 'wild'", "INSERT INTO late VALUES (2, 'wild')"] },
];
