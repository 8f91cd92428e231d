import type { Chapter } from '../parity-run.ts';

/** Tables beyond the types: keys, defaults, generated and invisible columns, partitions. */
export const mysqlEventTables: readonly string[] = [
  `CREATE TABLE plain (id int AUTO_INCREMENT PRIMARY KEY, note varchar(100) NOT NULL COMMENT 'What is said', n int DEFAULT 7,
    at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, amount decimal(8,2) NOT NULL DEFAULT 1.50)`,
  'CREATE TABLE other (id bigint AUTO_INCREMENT PRIMARY KEY, note text, n int)',
  'CREATE TABLE no_key (a int, b varchar(20))',
  'CREATE TABLE unique_only (a int NOT NULL, b int NOT NULL, c int, UNIQUE KEY u (a, b))',
  'CREATE TABLE unique_nullable (a int, b int, UNIQUE KEY u (a))',
  'CREATE TABLE two_keys (b int, a varchar(20), v json NOT NULL, PRIMARY KEY (a, b))',
  'CREATE TABLE custom_key (id int PRIMARY KEY, tenant int NOT NULL, region varchar(8) NOT NULL, v text)',
  `CREATE TABLE required (id int PRIMARY KEY, b boolean NOT NULL, i2 smallint NOT NULL, i8 bigint NOT NULL, u8 bigint unsigned NOT NULL,
    f4 float NOT NULL, f8 double NOT NULL, d decimal(6,2) NOT NULL, t text NOT NULL, ch char(3) NOT NULL, bl blob NOT NULL, vb varbinary(4) NOT NULL,
    js json NOT NULL, da date NOT NULL, ti time NOT NULL, ti6 time(6) NOT NULL, dt datetime NOT NULL, dt6 datetime(6) NOT NULL, ye year NOT NULL,
    bi bit(5) NOT NULL, bo bit NOT NULL, en enum('x','y') NOT NULL, se set('x','y') NOT NULL, po point NOT NULL, ge geometry NOT NULL)`,
  `CREATE TABLE defaults (id int AUTO_INCREMENT PRIMARY KEY, b boolean NOT NULL DEFAULT true, i1 tinyint DEFAULT -3, i2 smallint unsigned DEFAULT 3,
    i8 bigint DEFAULT 9007199254740993, u8 bigint unsigned DEFAULT 18446744073709551615, f4 float DEFAULT 1.5, f8 double DEFAULT -0.25, d decimal(6,2) DEFAULT 12.3,
    dn decimal(10) NOT NULL DEFAULT 5, v varchar(20) DEFAULT 'it''s', e varchar(20) NOT NULL DEFAULT '', ch char(3) DEFAULT 'a', da date DEFAULT '2020-01-02',
    ti time DEFAULT '01:02:03', ti6 time(6) DEFAULT '01:02:03.5', dt datetime DEFAULT '2020-01-01 00:00:00', dt3 datetime(3) DEFAULT '2020-01-01 00:00:00.5',
    dt6 datetime(6) DEFAULT '2020-01-01 00:00:00.5', dtn datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    dtr datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ts timestamp NULL DEFAULT '2020-01-01 00:00:00', tz timestamp NOT NULL DEFAULT '2020-01-01 00:00:00',
    zd date NOT NULL DEFAULT '0000-00-00', zt datetime NOT NULL DEFAULT '0000-00-00 00:00:00', ye year DEFAULT 2020, bi bit(5) DEFAULT b'10101', bo bit DEFAULT b'1',
    en enum('x','y') DEFAULT 'y', se set('x','y') DEFAULT 'x,y', nn text, vb varbinary(4) DEFAULT 'ab', hx varbinary(4) DEFAULT x'6162', ex int DEFAULT (1 + 2),
    fn varchar(40) NOT NULL DEFAULT (concat('a', 'b')), nul varchar(9) DEFAULT NULL, li int DEFAULT '42', lt varchar(5) CHARACTER SET latin1 DEFAULT 'ä')`,
  'CREATE TABLE generated_columns (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, thrice int GENERATED ALWAYS AS (id * 3) VIRTUAL, v text)',
  'CREATE TABLE `Mixed Case` (`Id` int PRIMARY KEY, `a b` text, `1st` int, `_x` int, `ä` text)',
  `CREATE TABLE parts (id int, region int, v text, PRIMARY KEY (id, region)) PARTITION BY RANGE (region)
    (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)`,
  'CREATE TABLE evolving (id int PRIMARY KEY, a int, b text)',
  'CREATE TABLE ghosted (id int PRIMARY KEY, a int)',
  'CREATE TABLE copied (id int PRIMARY KEY, a int)',
  'CREATE TABLE truncated (id int PRIMARY KEY)',
  'CREATE TABLE unseen (id int PRIMARY KEY, hidden int INVISIBLE DEFAULT 5, v text)',
];

const requiredValues = `true, 1, 2, 3, 1.5, 2.5, 3.25, 'x', 'ab', x'01', x'02', '{"a": 1}', '2020-01-01', '01:02:03', '01:02:03.5', '2020-01-01', '2020-01-01', 2020,
  b'00101', b'1', 'x', 'x,y', ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(1 2)')`;

export const mysqlFirstRows: readonly string[] = [
  "INSERT INTO plain (note, at) VALUES ('in the snapshot', '2020-01-01'), ('another', '2020-01-01')",
  "INSERT INTO other (note, n) VALUES ('a', 1), ('b', NULL)",
  "INSERT INTO no_key VALUES (1, 'x')",
  'INSERT INTO unique_only VALUES (1, 2, 3), (4, 5, NULL)',
  'INSERT INTO unique_nullable VALUES (1, 2)',
  "INSERT INTO two_keys VALUES (1, 'k', '{}')",
  "INSERT INTO custom_key VALUES (1, 10, 'eu', 'x')",
  `INSERT INTO required VALUES (1, ${requiredValues})`,
  "INSERT INTO defaults (dtn, dtr) VALUES ('2020-01-01', '2020-01-01')",
  "INSERT INTO generated_columns (id, v) VALUES (1, 'a')",
  "INSERT INTO `Mixed Case` VALUES (1, 'x', 2, 3, 'y')",
  "INSERT INTO parts VALUES (1, 1, 'x'), (2, 11, 'y')",
  "INSERT INTO evolving VALUES (1, 1, 'x')",
  'INSERT INTO ghosted VALUES (1, 1)',
  'INSERT INTO copied VALUES (1, 1)',
  'INSERT INTO truncated VALUES (1)',
  "INSERT INTO unseen (id, v) VALUES (1, 'x')",
];

export const mysqlChapters: readonly Chapter[] = [
  {
    title: 'plain changes',
    statements: [
      "INSERT INTO plain (note, n, at) VALUES ('streamed', NULL, '2020-01-01')",
      "UPDATE plain SET note = 'changed' WHERE id = 3",
      'UPDATE plain SET id = 30 WHERE id = 3',
      'DELETE FROM plain WHERE id = 30',
      "INSERT INTO plain (note, at) VALUES ('a', '2020-01-01'), ('b', '2020-01-01'), ('c', '2020-01-01')",
      "UPDATE plain SET n = 8 WHERE note IN ('a', 'b')",
      "INSERT INTO no_key VALUES (2, 'y')",
      'UPDATE no_key SET a = a + 1',
      'DELETE FROM no_key WHERE a = 2',
      'INSERT INTO unique_only VALUES (7, 8, 9)',
      'UPDATE unique_only SET a = 70 WHERE a = 7',
      'UPDATE unique_only SET c = 0 WHERE a = 70',
      'DELETE FROM unique_only WHERE a = 70',
      'INSERT INTO unique_nullable VALUES (3, 4), (NULL, 1)',
      'DELETE FROM unique_nullable WHERE a = 3',
      "INSERT INTO two_keys VALUES (2, 'k', '[1]')",
      "UPDATE two_keys SET v = '[2]' WHERE b = 2",
      "UPDATE two_keys SET a = 'other' WHERE b = 2",
      'DELETE FROM two_keys WHERE b = 2',
      "INSERT INTO custom_key VALUES (2, 20, 'us', 'y')",
      "UPDATE custom_key SET v = 'z' WHERE id = 2",
      "UPDATE custom_key SET region = 'eu' WHERE id = 2",
      'DELETE FROM custom_key WHERE id = 2',
      `INSERT INTO required VALUES (2, ${requiredValues})`,
      'UPDATE required SET id = 3 WHERE id = 2',
      'DELETE FROM required WHERE id = 3',
      "INSERT INTO defaults (dtn, dtr) VALUES ('2020-01-01', '2020-01-01')",
      'DELETE FROM defaults WHERE id = 2',
      "INSERT INTO generated_columns (id, v) VALUES (2, 'b')",
      "UPDATE generated_columns SET v = 'c' WHERE id = 2",
      'DELETE FROM generated_columns WHERE id = 2',
      "INSERT INTO `Mixed Case` VALUES (2, 'x', 2, 3, 'y')",
      'DELETE FROM `Mixed Case` WHERE `Id` = 2',
      "INSERT INTO parts VALUES (3, 3, 'x')",
      'UPDATE parts SET region = 20 WHERE id = 3',
      "INSERT INTO unseen (id, v) VALUES (2, 'y')",
      'UPDATE unseen SET hidden = 6 WHERE id = 2',
    ],
  },
  {
    title: 'transactions',
    statements: [
      "BEGIN; INSERT INTO plain (note, at) VALUES ('d', '2020-01-01'); INSERT INTO other (note) VALUES ('b'); UPDATE plain SET note = 'e' WHERE note = 'd'; DELETE FROM plain WHERE note = 'e'; COMMIT",
      "BEGIN; INSERT INTO plain (note, at) VALUES ('rolled back', '2020-01-01'); ROLLBACK",
      "BEGIN; SAVEPOINT a; INSERT INTO other (note) VALUES ('kept'); SAVEPOINT b; INSERT INTO other (note) VALUES ('lost'); ROLLBACK TO b; INSERT INTO other (note) VALUES ('kept too'); COMMIT",
      'INSERT INTO truncated VALUES (2)',
      'TRUNCATE TABLE truncated',
      'INSERT INTO truncated VALUES (3)',
      "REPLACE INTO other (id, note) VALUES (1, 'replaced')",
      "INSERT INTO other (id, note) VALUES (1, 'x') ON DUPLICATE KEY UPDATE note = 'updated'",
    ],
  },
  {
    title: 'an added column',
    statements: ['ALTER TABLE evolving ADD COLUMN c decimal(5,1) NOT NULL DEFAULT 1.5', "INSERT INTO evolving VALUES (2, 2, 'y', 3)"],
  },
  {
    title: 'a dropped column',
    statements: [
      'ALTER TABLE evolving DROP COLUMN a',
      "INSERT INTO evolving VALUES (3, 'z', 2)",
      'UPDATE evolving SET b = NULL WHERE id = 2',
    ],
  },
  {
    title: 'a renamed column',
    statements: ['ALTER TABLE evolving CHANGE COLUMN b bb text', 'UPDATE evolving SET c = 3 WHERE id = 3'],
  },
  {
    title: 'a wider type',
    statements: [
      'ALTER TABLE evolving MODIFY bb varchar(50), ADD COLUMN d int FIRST, MODIFY id bigint NOT NULL',
      "INSERT INTO evolving VALUES (1, 9007199254740993, 'w', 1)",
    ],
  },
  {
    title: 'a key of two columns',
    statements: [
      'ALTER TABLE evolving DROP PRIMARY KEY, ADD PRIMARY KEY (id, c)',
      "INSERT INTO evolving VALUES (1, 5, 'v', 1)",
      'DELETE FROM evolving WHERE id = 5',
    ],
  },
  {
    title: 'a table made while streaming',
    statements: ["CREATE TABLE late (id int PRIMARY KEY, v enum('a','b'))", "INSERT INTO late VALUES (1, 'b')"],
  },
  { title: 'another label', statements: ["ALTER TABLE late MODIFY v enum('a','b','c')", "INSERT INTO late VALUES (2, 'c')"] },
  {
    title: 'a table like another',
    statements: ['CREATE TABLE alike LIKE late', "INSERT INTO alike VALUES (1, 'a')", 'DROP TABLE late'],
  },
  {
    title: 'other partitions',
    statements: [
      'ALTER TABLE parts REORGANIZE PARTITION p1 INTO (PARTITION p1 VALUES LESS THAN (30), PARTITION p2 VALUES LESS THAN MAXVALUE)',
      "INSERT INTO parts VALUES (4, 40, 'x')",
      'ALTER TABLE parts DROP PARTITION p1',
      "UPDATE parts SET v = 'z' WHERE id = 4",
    ],
  },
  // What a table looks like is read in the catalog when a statement or its first row is met: each is told before the next.
  { title: 'the copy of a table as gh-ost makes it', statements: ['CREATE TABLE _ghosted_gho LIKE ghosted'] },
  {
    title: 'an online schema change as gh-ost makes it',
    statements: [
      'ALTER TABLE _ghosted_gho ADD COLUMN extra varchar(9) DEFAULT NULL',
      'INSERT INTO _ghosted_gho (id, a) SELECT id, a FROM ghosted',
    ],
  },
  {
    title: 'its exchange of tables',
    statements: ['RENAME TABLE ghosted TO _ghosted_del, _ghosted_gho TO ghosted', "INSERT INTO ghosted VALUES (2, 2, 'new')"],
  },
  // Told once its table was looked at: what a schema change says of it is read in the catalog.
  { title: 'what it leaves', statements: ['DROP TABLE _ghosted_del'] },
  { title: 'the copy of a table as pt-osc makes it', statements: ['CREATE TABLE _copied_new (id int PRIMARY KEY, a int)'] },
  {
    title: 'an online schema change as pt-osc makes it',
    statements: [
      'ALTER TABLE _copied_new ADD COLUMN extra int',
      'CREATE TRIGGER pt_osc_ins AFTER INSERT ON copied FOR EACH ROW REPLACE INTO _copied_new (id, a) VALUES (NEW.id, NEW.a)',
      'INSERT LOW_PRIORITY IGNORE INTO _copied_new (id, a) SELECT id, a FROM copied FORCE INDEX (`PRIMARY`) WHERE id >= 1 LOCK IN SHARE MODE',
      'INSERT INTO copied VALUES (2, 2)',
    ],
  },
  {
    title: 'its exchange of tables as well',
    statements: ['RENAME TABLE copied TO _copied_old, _copied_new TO copied'],
  },
  {
    title: 'what it leaves as well',
    statements: ['DROP TABLE IF EXISTS _copied_old', 'DROP TRIGGER IF EXISTS pt_osc_ins', 'INSERT INTO copied VALUES (3, 3, 3)'],
  },
];
