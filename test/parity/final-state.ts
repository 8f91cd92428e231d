import { awaySuffix } from './corpus/dialect.ts';
import type { PlainRecord, Told } from './compare-records.ts';
import { columnsOf, documentOf, isDocument } from './row-columns.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows of every table by key, as JSON. */
export type State = Readonly<Record<string, Readonly<Record<string, Row>>>>;

/** What stands for an unchanged value: text, or bytes as records show them here. */
const placeholder = '__debezium_unavailable_value';
const placeholders: readonly unknown[] = [placeholder, `0x${Buffer.from(placeholder).toString('hex')}`];

interface Event {
  readonly op: string;
  readonly after: Row | null;
}

/** The rows that are left when every record has done what it says, as a consumer would have them. */
export const finalState = (told: Told): State =>
  Object.fromEntries(
    [...told]
      .filter(([topic]) => isTable(topic))
      .map(([topic, records]) => [topic, finalRows(records)] as const)
      .filter(([, rows]) => Object.keys(rows).length > 0),
  );

/** Of tables that are there in the end: prefix, database or schema, table. */
const isTable = (topic: string): boolean => topic.split('.').length === 3 && !topic.endsWith(awaySuffix);

const finalRows = (records: readonly PlainRecord[]): Readonly<Record<string, Row>> => {
  const rows = new Map<string, Row>();
  /** Of a row that has just gone: under a changed key, its unchanged values stay what they were. */
  let gone: Row | undefined;
  for (const record of records) {
    const { key, value } = record;
    if (value === null) continue;
    const { op, after } = value as Event;
    const name = JSON.stringify(key);
    if (op === 't') rows.clear();
    if (op === 'd') {
      gone = rows.get(name);
      rows.delete(name);
    }
    if (after !== null) rows.set(name, withKnown(withDocuments(record, after), rows.get(name) ?? gone));
  }
  return Object.fromEntries([...rows].toSorted(([left], [right]) => left.localeCompare(right)));
};

/** MySQL's text of a document has blanks, its log has none. */
const withDocuments = (record: PlainRecord, row: Row): Row => {
  const documents = columnsOf(record).filter(isDocument);
  return { ...row, ...Object.fromEntries(documents.map(({ name }) => [name, documentOf(row[name]) ?? row[name]])) };
};

const withKnown = (row: Row, known: Row | undefined): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, placeholders.includes(value) ? known?.[name] : value]));
