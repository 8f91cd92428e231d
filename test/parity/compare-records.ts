import type { Decoded, DumpedRecord } from './topic-dump.ts';

/** A place where the two systems tell different things. */
export interface Difference {
  /** Topic, number of the record in it and path inside the record: `public.plain.[2].value.after.n`. */
  readonly where: string;
  readonly ours: unknown;
  readonly peer: unknown;
  /** The peer's whole record; undefined where there is none. */
  readonly record: PlainRecord | undefined;
}

/** Plain values only, so that two can be compared as trees; schemas as registered. */
export interface PlainRecord {
  readonly partition: number;
  readonly key: unknown;
  readonly keySchema: unknown;
  readonly value: unknown;
  readonly valueSchema: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Records of topics whose names have lost the prefix of the connector. */
export type Told = ReadonlyMap<string, readonly PlainRecord[]>;

/** What a connector told, with its name and prefix taken out of topics, schemas and values. */
export const toldBy = (connector: string, dumped: ReadonlyMap<string, readonly DumpedRecord[]>): Told =>
  new Map(
    [...dumped]
      .filter(([topic]) => topic.includes(connector))
      .map(([topic, records]) => [topic.replace(connector, 'PREFIX'), records.map((record) => plainRecord(connector, record))] as const),
  );

const plainRecord = (connector: string, { partition, key, value, headers }: DumpedRecord): PlainRecord => {
  const [keyPart, valuePart] = [partOf(key), partOf(value)];
  const record = { partition, key: keyPart.value, keySchema: keyPart.schema, value: valuePart.value, valueSchema: valuePart.schema };
  return JSON.parse(render({ ...record, headers: Object.fromEntries(headers) }).replaceAll(connector, 'PREFIX')) as PlainRecord;
};

const partOf = (part: Decoded | null): { readonly value: unknown; readonly schema: unknown } => ({
  value: inOrder(part?.value ?? null),
  schema: part === null ? null : schemaTree(part.schema),
});

interface Counted {
  readonly data_collection: string;
  readonly event_count: bigint;
}

/** Stands for a message in the peer's transactions: the address of a Java object, each counted by itself. */
const messageId = /^io\.debezium\..*LogicalDecodingMessageId@/;

/** The tables of a transaction's end by name, messages together: the peer tells them in the order of a hash map. */
const inOrder = (value: unknown): unknown => {
  const tables = isTree(value) ? value['data_collections'] : undefined;
  if (!isTree(value) || !Array.isArray(tables)) return value;
  const counts = new Map<string, bigint>();
  for (const { data_collection, event_count } of tables as readonly Counted[]) {
    const name = messageId.test(data_collection) ? 'LOGICAL_DECODING_MESSAGE' : data_collection;
    counts.set(name, (counts.get(name) ?? 0n) + event_count);
  }
  const ordered = [...counts].toSorted(([left], [right]) => left.localeCompare(right));
  return { ...value, data_collections: ordered.map(([name, count]) => ({ data_collection: name, event_count: count })) };
};

/** Numbers beyond the safe integers as text, so that none is rounded. */
const schemaTree = (text: string): unknown => JSON.parse(text.replaceAll(/:(-?\d{16,})/g, ':"$1"')) as unknown;

/** JSON of any decoded value: what differs in it differs for a consumer. */
const render = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${String(item)}n`;
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
    if (Object.is(item, -0)) return '-0';
    if (isTree(item) && item['type'] === 'Buffer') return `0x${Buffer.from(item['data'] as number[]).toString('hex')}`;
    return item;
  });

/** Every place where two systems differ, topic by topic and record by record. */
export const differencesOf = (ours: Told, peer: Told): readonly Difference[] =>
  [...new Set([...ours.keys(), ...peer.keys()])].toSorted().flatMap((topic) => {
    const [left, right] = [ours.get(topic) ?? [], peer.get(topic) ?? []];
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
      inTrees(`${topic.replace('PREFIX.', '')}.[${String(index)}]`, left[index], right[index]).map((place) => ({
        ...place,
        record: right[index],
      })),
    ).flat();
  });

type Place = Omit<Difference, 'record'>;
type Tree = Readonly<Record<string, unknown>>;

/** The deepest places. The order of properties counts: it is the order of fields. */
const inTrees = (where: string, ours: unknown, peer: unknown): readonly Place[] => {
  if (JSON.stringify(ours) === JSON.stringify(peer)) return [];
  if (Array.isArray(ours) && Array.isArray(peer)) return inParts(where, partsOf(ours), partsOf(peer));
  if (isTree(ours) && isTree(peer)) return inParts(where, ours, peer);
  return [{ where, ours, peer }];
};

const inParts = (where: string, ours: Tree, peer: Tree): readonly Place[] => {
  const names = new Set([...Object.keys(ours), ...Object.keys(peer)]);
  const inside = [...names].flatMap((name) => inTrees(`${where}.${name}`, ours[name], peer[name]));
  return inside.length > 0 ? inside : [{ where: `${where} (order)`, ours: Object.keys(ours), peer: Object.keys(peer) }];
};

/** Items by their names, as fields of a schema have, else by their places. */
const partsOf = (items: readonly unknown[]): Tree =>
  Object.fromEntries(
    items.map((item, index) => [isTree(item) && typeof item['name'] === 'string' ? item['name'] : `[${String(index)}]`, item]),
  );

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
