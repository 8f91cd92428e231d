/** Changes of tables drawn at random. */
import fc from 'fast-check';
import { identityOf, type GeneratedTable } from './generated-table.ts';

/** Only columns that came by an alteration are altered again: work goes on with the others. */
const forEachAdded = (table: string, statement: string): string =>
  `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute
    WHERE attrelid = '${table}'::regclass AND attnum > 0 AND attname LIKE 'x%' AND NOT attisdropped
    LOOP EXECUTE format('ALTER TABLE ${table} ${statement}', c, c || 'r'); END LOOP; END $$`;

const added = fc.constantFrom(
  ...['integer NOT NULL DEFAULT 7', "text DEFAULT 'x'", 'numeric(5,1)', 'timestamptz', 'boolean NOT NULL DEFAULT false'],
  ...["mood DEFAULT 'ok'", 'integer[]', 'uuid', 'bytea', 'double precision DEFAULT 1.5'],
);

/** The statements of one alteration. Every row is touched after it: the log tells nothing of what stands in the others. */
export const alterationOf = (table: GeneratedTable, number: number): fc.Arbitrary<readonly string[]> => {
  const { name } = table;
  const kinds: readonly fc.Arbitrary<string>[] = [
    added.map((type) => `ALTER TABLE ${name} ADD COLUMN x${String(number)} ${type}`),
    fc.constant(forEachAdded(name, 'DROP %I')),
    fc.constant(forEachAdded(name, 'RENAME %I TO %I')),
    fc.constant(forEachAdded(name, 'ALTER %1$I DROP DEFAULT, ALTER %1$I TYPE text')),
    fc.constantFrom('5', 'NULL', '-1').map((value) => `ALTER TABLE ${name} ALTER n SET DEFAULT ${value}`),
    fc.constantFrom<GeneratedTable['identity'][]>('DEFAULT', 'FULL', 'INDEX').map((identity) => identityOf(table, identity)),
  ];
  return fc.oneof(...kinds).map((alter) => [alter, `UPDATE ${name} SET n = coalesce(n, 0) + 1`]);
};
