/** Changes of tables drawn at random, as MySQL and MariaDB take them. */
import fc from 'fast-check';
import { awayName, touchAll, type Dialect } from './dialect.ts';

/** Only columns that came by an alteration are altered again. `change`: in terms of `COLUMN_NAME`; where there is none, nothing happens. */
const forEachAdded = (table: string, change: string): string =>
  `SET @s = (SELECT CONCAT('ALTER TABLE ${table} ', GROUP_CONCAT(CONCAT(${change}) ORDER BY ORDINAL_POSITION)) FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' AND COLUMN_NAME LIKE 'x%');
  SET @s = COALESCE(@s, 'DO 0'); PREPARE s FROM @s; EXECUTE s; DEALLOCATE PREPARE s`;

const added = fc.constantFrom(
  ...['int NOT NULL DEFAULT 7', "varchar(20) DEFAULT 'x'", 'decimal(5,1)', 'datetime(3) NULL', 'tinyint(1) NOT NULL DEFAULT 0'],
  ...["enum('a','b') DEFAULT 'b'", 'text', 'varbinary(9)', 'double DEFAULT 1.5', 'bigint unsigned', "set('a','b')"],
);

export const mysqlAlterationsOf: Dialect['alterations'] = (table, number) => {
  const { name } = table;
  const column = `x${String(number)}`;
  const inOneChapter: readonly fc.Arbitrary<string>[] = [
    fc
      .tuple(added, fc.constantFrom('', ' FIRST', ' AFTER n'))
      .map(([type, place]) => `ALTER TABLE ${name} ADD COLUMN ${column} ${type}${place}`),
    fc.constant(forEachAdded(name, "'DROP COLUMN ', COLUMN_NAME")),
    fc.constant(forEachAdded(name, "'RENAME COLUMN ', COLUMN_NAME, ' TO ', COLUMN_NAME, 'r'")),
    fc.constant(forEachAdded(name, "'CHANGE COLUMN ', COLUMN_NAME, ' ', COLUMN_NAME, 'c text'")),
    fc.constant(forEachAdded(name, "'MODIFY ', COLUMN_NAME, ' text FIRST'")),
    // Not NULL: the peer then keeps the default before it.
    fc.constantFrom('5', '-1').map((value) => `ALTER TABLE ${name} ALTER n SET DEFAULT ${value}`),
    fc.constant(`ALTER TABLE ${name} ADD INDEX (n), COMMENT = 'altered'`),
  ];
  const away = awayName(table);
  const renamed = [
    [`RENAME TABLE ${name} TO ${away}`, touchAll(away)],
    [`ALTER TABLE ${away} RENAME TO ${name}`, touchAll(name)],
  ];
  return [...inOneChapter.map((kind) => kind.map((alter) => [[alter, touchAll(name)]])), fc.constant(renamed)];
};
