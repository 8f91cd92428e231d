import type { PlainRecord } from './compare-records.ts';

/** A field of a schema as registered. */
export interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** Fields of `<topic>.Value` in the schema of an event. */
export const columnsOf = (record: PlainRecord | undefined): readonly AvroField[] => {
  const envelope = record?.valueSchema as { readonly fields: readonly AvroField[] } | null | undefined;
  const [, row] = (envelope?.fields[0]?.type ?? []) as readonly unknown[];
  return (row as { readonly fields: readonly AvroField[] } | undefined)?.fields ?? [];
};

export const isDocument = (column: AvroField | undefined): boolean =>
  JSON.stringify(column?.type ?? null).includes('io.debezium.data.Json');

/** A document as JavaScript writes it: without blanks, and with its own digits of large numbers; undefined for what is no document. */
export const documentOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(JSON.parse(String(value)));
  } catch {
    return undefined;
  }
};
