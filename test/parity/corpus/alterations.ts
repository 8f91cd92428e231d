/** Changes of tables drawn at random. */
import fc from 'fast-check';
import { awayName, touchAll, type Dialect, type GeneratedTable } from './dialect.ts';

/** Only columns that came by an alteration are altered again: work goes on with the others. */
const forEachAdded = (table: string, statement: string): string =>
  `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute
    WHERE attrelid = '${table}'::regclass AND attnum > 0 AND attname LIKE 'x%' AND NOT attisdropped
    LOOP EXECUTE format('ALTER TABLE ${table} ${statement}', c, c || 'r'); END LOOP; END $$`;

const added = fc.constantFrom(
  ...['integer NOT NULL DEFAULT 7', "text DEFAULT 'x'", 'numeric(5,1)', 'timestamptz', 'boolean NOT NULL DEFAULT false'],
  ...["mood DEFAULT 'ok'", 'integer[]', 'uuid', 'bytea', 'double precision DEFAULT 1.5', 'int_list', 'pair', 'price NOT NULL DEFAULT 1'],
);

export const identityOf = ({ name }: GeneratedTable, identity: GeneratedTable['identity']): string =>
  `ALTER TABLE ${name} REPLICA IDENTITY ${identity === 'INDEX' ? `USING INDEX ${name}_again` : identity}`;

export const alterationsOf: Dialect['alterations'] = (table, number) => {
  const { name } = table;
  const inOneChapter: readonly fc.Arbitrary<string>[] = [
    added.map((type) => `ALTER TABLE ${name} ADD COLUMN x${String(number)} ${type}`),
    fc.constant(forEachAdded(name, 'DROP %I')),
    fc.constant(forEachAdded(name, 'RENAME %I TO %I')),
    fc.constant(forEachAdded(name, 'ALTER %1$I DROP DEFAULT, ALTER %1$I TYPE text')),
    fc.constantFrom('5', 'NULL', '-1').map((value) => `ALTER TABLE ${name} ALTER n SET DEFAULT ${value}`),
    fc.constantFrom<GeneratedTable['identity'][]>('DEFAULT', 'FULL', 'INDEX').map((identity) => identityOf(table, identity)),
  ];
  const away = awayName(table);
  const renamed = [
    [`ALTER TABLE ${name} RENAME TO ${away}`, touchAll(away)],
    [`ALTER TABLE ${away} RENAME TO ${name}`, touchAll(name)],
  ];
  return [...inOneChapter.map((kind) => kind.map((alter) => [[alter, touchAll(name)]])), fc.constant(renamed)];
};
