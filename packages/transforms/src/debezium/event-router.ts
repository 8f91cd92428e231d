import {
  Struct,
  structOf,
  type ConnectRecord,
  type Header,
  type Schema,
  type StructSchema,
  type Transform,
  type TransformPlugin,
} from '@headrace/connector-api';
import { parseConfig } from '../parse-config.ts';
import { javaPattern, javaReplacement } from '../shape/java-pattern.ts';
import { missingField, unsuitable } from '../shape/side.ts';
import { planCache } from '../shape/struct-transform.ts';
import { changeEventOf, debeziumTransform, imageOf } from './envelope.ts';
import { eventRouterConfig, parsePlacements, type EventRouterSettings, type Placement } from './event-router-config.ts';
import { JsonExpansion } from './json-expansion.ts';

/** Debezium's outbox: inserts into the outbox table become the events that their rows hold. */
export const eventRouter: TransformPlugin = debeziumTransform('outbox.EventRouter', eventRouterConfig, (raw) => {
  const router = new EventRouter(parseConfig(eventRouterConfig, raw));
  return ((record) => router.apply(record)) satisfies Transform;
});

interface Cell {
  readonly schema: Schema;
  readonly value: unknown;
}

/** Nano-, micro- and milliseconds of Debezium's types in milliseconds. */
const perMs: Readonly<Record<string, bigint>> = {
  'io.debezium.time.NanoTimestamp': 1_000_000n,
  'io.debezium.time.MicroTimestamp': 1_000n,
};

class EventRouter {
  readonly #settings: EventRouterSettings;
  readonly #placements: readonly Placement[];
  readonly #expansion: JsonExpansion | undefined;
  readonly #topicOf: (value: string) => string;
  readonly #envelopes = planCache((_schema: Schema) => new Map<string, StructSchema>());

  constructor(settings: EventRouterSettings) {
    this.#settings = settings;
    this.#placements = parsePlacements(settings['table.fields.additional.placement']) ?? [];
    const isNullKept = settings['table.json.payload.null.behavior'].toLowerCase() === 'optional_bytes';
    this.#expansion = settings['table.expand.json.payload'] ? new JsonExpansion(isNullKept) : undefined;
    const pattern = javaPattern(settings['route.topic.regex']);
    const replacement = javaReplacement(settings['route.topic.replacement']);
    this.#topicOf = (value) => value.replace(pattern, replacement);
  }

  apply<R extends ConnectRecord>(record: R): R | null {
    if (record.value === null) return null;
    const event = changeEventOf(record);
    if (event === undefined) return record;
    const row = imageOf(event, 'after');
    const operation = event.get('op');
    if (operation === 'u' && this.#settings['table.op.invalid.behavior'].toLowerCase() === 'fatal')
      throw unsuitable('EventRouter', 'a row of the outbox table was updated');
    if (row === null || (operation !== 'c' && operation !== 'r')) return null;
    return this.#route(record, event, row);
  }

  #route<R extends ConnectRecord>(record: R, event: Struct, row: Struct): R {
    const settings = this.#settings;
    const key = cellOf(row, settings['table.field.event.key']);
    const id = cellOf(row, settings['table.field.event.id']);
    const route = cellOf(row, settings['route.by.field']).value;
    if (route === null) throw unsuitable('EventRouter', 'the column that decides the topic is null');
    const additional = this.#additional(row);
    const at = (place: Placement['place']) => additional.filter((item) => item.place === place);
    const headers = [{ alias: 'id', cell: id }, ...at('header')].map(({ alias, cell }): Header => ({ key: alias, ...cell }));
    const [partition] = at('partition');
    return {
      ...record,
      topic: this.#topicOf(textOf(route)),
      partition: partition === undefined || partition.cell.value === null ? record.partition : Number(partition.cell.value),
      keySchema: key.schema,
      key: key.value,
      ...this.#valueOf(row, at('envelope')),
      headers: [...record.headers, ...headers],
      timestamp: this.#timestampOf(event, row),
    };
  }

  #additional(row: Struct) {
    return this.#placements.flatMap((placement) => {
      const isLacking = !row.schema.indexByName.has(placement.column);
      if (isLacking && !this.#settings['table.fields.additional.error.on.missing']) return [];
      return [{ ...placement, cell: cellOf(row, placement.column) }];
    });
  }

  #timestampOf(event: Struct, row: Struct): number | undefined {
    const column = this.#settings['table.field.event.timestamp'];
    const { schema, value } = column === null ? { schema: undefined, value: null } : cellOf(row, column);
    if (schema !== undefined && schema.type !== 'int64') throw unsuitable('EventRouter', `its column "${column ?? ''}" is no timestamp`);
    const time = value ?? event.get('ts_ms') ?? null;
    if (time === null) return undefined;
    return value === null ? Number(time) : Number(BigInt(time as number) / (perMs[schema.name ?? ''] ?? 1n));
  }

  #valueOf(
    row: Struct,
    envelope: readonly { readonly alias: string; readonly cell: Cell }[],
  ): { valueSchema: Schema | null; value: unknown } {
    const settings = this.#settings;
    const found = cellOf(row, settings['table.field.event.payload']);
    const isEmpty = found.value === null || found.value === '' || (found.value instanceof Uint8Array && found.value.length === 0);
    if (isEmpty && settings['route.tombstone.on.empty.payload']) return { valueSchema: null, value: null };
    const payload = this.#expansion?.expand(found) ?? found;
    if (envelope.length === 0) return { valueSchema: payload.schema, value: payload.value };
    const schema = this.#envelopeOf(row, payload.schema, envelope);
    return { valueSchema: schema, value: new Struct(schema, [payload.value, ...envelope.map(({ cell }) => cell.value)]) };
  }

  #envelopeOf(row: Struct, payload: Schema, envelope: readonly { readonly alias: string; readonly cell: Cell }[]): StructSchema {
    const versionColumn = this.#settings['table.field.event.schema.version'];
    const version = versionColumn === null ? null : cellOf(row, versionColumn).value;
    const name = `${(row.schema.name ?? '').replace(/\.?Value$/, '')}.${textOf(row.get(this.#settings['route.by.field']))}.Value`;
    const known = this.#envelopes(payload);
    const id = `${name}\n${String(version)}`;
    const schema =
      known.get(id) ??
      structOf([['payload', payload], ...envelope.map(({ alias, cell }) => [alias, cell.schema] as const)], {
        name,
        ...(version === null ? {} : { version: Number(version) }),
      });
    known.set(id, schema);
    return schema;
  }
}

const cellOf = (row: Struct, column: string): Cell => {
  const field = row.schema.fields[row.schema.indexByName.get(column) ?? -1];
  if (field === undefined) throw missingField('EventRouter', column);
  return { schema: field.schema, value: row.values[field.index] ?? null };
};

const textOf = (value: unknown): string => (value as string | number | bigint).toString();
