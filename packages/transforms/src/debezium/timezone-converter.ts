import { Struct, type StructSchema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { planCache } from '../shape/struct-transform.ts';
import { changeEventOf, debeziumTransform } from './envelope.ts';
import { zoneConversionOf } from './timezone-values.ts';
import { zoneOffset, type ZoneOffset } from './zone-offset.ts';

const list = (what: string) =>
  ({
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    doc: `Fields to ${what}: source:table[:field], topic:topic[:field], or name:field where the name is a table or a topic.`,
    validate: (rules: readonly string[]) =>
      rules.filter((rule) => rule !== '').some((rule) => parseRule(rule) === undefined) ? FORM : undefined,
  }) as const;

const FORM = 'must be a list of source:table[:field], topic:topic[:field] or name:field';

/** Names are compared as they are: what looks like a pattern would match nothing. */
const PATTERN = /[*\\^|()]/;

interface Rule {
  readonly table: string | undefined;
  readonly topic: string | undefined;
  readonly field: string | undefined;
}

const parseRule = (text: string): Rule | undefined => {
  const [first = '', second = '', third, ...rest] = text.split(':').map((part) => part.trim());
  if (first === '' || second === '' || third === '' || rest.length > 0 || PATTERN.test(text)) return undefined;
  if (first === 'source') return { table: second, topic: undefined, field: third };
  if (first === 'topic') return { table: undefined, topic: second, field: third };
  return third === undefined ? { table: first, topic: first, field: second } : undefined;
};

const config = defineConfig({
  'converted.timezone': {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Zone id (Europe/Berlin) or offset (+05:30).',
    validate: (text) => (zoneOffset(text) === undefined ? 'must be a zone id, or an offset like +08:00' : undefined),
  },
  'include.list': list('convert; all when neither list is given'),
  'exclude.list': list('leave as they are'),
});

/** Converts times in the rows of change events: those with a zone to the zone, those without from local time to UTC. */
export const timezoneConverter: TransformPlugin = debeziumTransform('TimezoneConverter', config, (raw) => {
  const settings = parseConfig(config, raw);
  const included = rulesOf(settings['include.list']);
  const excluded = rulesOf(settings['exclude.list']);
  if (included.length > 0 && excluded.length > 0) throw invalid('exclude.list', 'Only one of include.list and exclude.list can be given.');
  const zone = zoneOffset(settings['converted.timezone']);
  if (zone === undefined) return (record) => record;
  const isWanted = (topic: string, table: unknown, field: string): boolean => {
    const matches = ({ table: ofTable, topic: ofTopic, field: ofField }: Rule): boolean =>
      (ofTable === table || ofTopic === topic) && (ofField === undefined || ofField === field);
    return included.length > 0 ? included.some(matches) : !excluded.some(matches);
  };
  return (record) => {
    const event = changeEventOf(record);
    if (event === undefined) return record;
    const source = event.get('source');
    const table = source instanceof Struct ? source.get('table') : undefined;
    const options: RowOptions = {
      zone,
      eventMs: Number(event.get('ts_ms') ?? 0),
      isWanted: (field) => isWanted(record.topic, table, field),
    };
    const values = event.schema.fields.map(({ name, index }) => {
      const value = event.values[index];
      return (name === 'before' || name === 'after') && value instanceof Struct ? convertedRow(value, options) : value;
    });
    return { ...record, value: new Struct(event.schema, values) };
  };
});

const rulesOf = (texts: readonly string[]): readonly Rule[] => texts.flatMap((text) => parseRule(text) ?? []);

interface RowOptions {
  readonly zone: ZoneOffset;
  readonly eventMs: number;
  readonly isWanted: (field: string) => boolean;
}

const conversionsOf = planCache((schema: StructSchema) => schema.fields.map((field) => zoneConversionOf(field.schema)));

const convertedRow = (row: Struct, { zone, eventMs, isWanted }: RowOptions): Struct => {
  const conversions = conversionsOf(row.schema);
  return new Struct(
    row.schema,
    row.schema.fields.map(({ name, index }) => {
      const value = row.values[index] ?? null;
      const convert = conversions[index];
      return value === null || convert === undefined || !isWanted(name) ? value : convert(value, zone, eventMs);
    }),
  );
};
