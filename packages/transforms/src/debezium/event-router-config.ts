import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { patternProblem } from '../shape/java-pattern.ts';

const column = <const D extends string | null>(doc: string, fallback: D) =>
  ({ type: 'STRING', default: fallback, importance: 'MEDIUM', doc }) as const;

/** One entry of `table.fields.additional.placement`. */
export interface Placement {
  readonly column: string;
  readonly place: 'header' | 'envelope' | 'partition';
  readonly alias: string;
}

/** undefined when an entry is not `column:place` or `column:place:alias`. */
export const parsePlacements = (entries: readonly string[]): readonly Placement[] | undefined => {
  const placements = entries
    .filter((entry) => entry !== '')
    .map((entry) => entry.split(':').map((part) => part.trim()))
    .map(([name = '', place = '', alias]) => ({ column: name, place: place.toLowerCase(), alias: alias ?? name }));
  return placements.every(({ column: name, place }) => name !== '' && ['header', 'envelope', 'partition'].includes(place))
    ? (placements as Placement[])
    : undefined;
};

export const eventRouterKeys = {
  'table.op.invalid.behavior': {
    type: 'STRING',
    default: 'warn',
    values: ['warn', 'error', 'fatal'],
    ignoreCase: true,
    importance: 'MEDIUM',
    doc: 'What an update of the outbox table means: warn and error leave it out, fatal is an error of the record.',
  },
  'table.field.event.id': column('Column with the id of the event, which becomes the header id.', 'id'),
  'table.field.event.key': column('Column that becomes the key of the record.', 'aggregateid'),
  'table.field.event.type': {
    ...column('Known and without effect, as in Debezium: use table.fields.additional.placement=type:header.', 'type'),
    validate: (name: string) => (name === 'type' ? undefined : 'has no effect, use table.fields.additional.placement'),
  },
  'table.field.event.payload': column('Column that becomes the value.', 'payload'),
  'table.field.event.timestamp': column('Column that becomes the time of the record; default the ts_ms of the event.', null),
  'table.field.event.schema.version': column('Column with the version of the schema of an envelope value.', null),
  'table.fields.additional.placement': {
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    doc: 'More columns and where they go, column:header|envelope|partition[:alias]. With one in the envelope the value is a struct.',
    validate: (entries: readonly string[]) =>
      parsePlacements(entries) === undefined ? 'must be a list of column:header|envelope|partition[:alias]' : undefined,
  },
  'table.fields.additional.error.on.missing': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    doc: 'Whether an additional column that a record lacks is an error; otherwise it is left out.',
  },
  'table.expand.json.payload': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Make a struct of a payload that is the text of a JSON object or array.',
  },
  'table.json.payload.null.behavior': {
    type: 'STRING',
    default: 'ignore',
    values: ['ignore', 'optional_bytes'],
    ignoreCase: true,
    importance: 'MEDIUM',
    doc: 'What a null in such JSON becomes: nothing, or an optional field of type bytes.',
  },
  'route.by.field': column('Column that decides the topic.', 'aggregatetype'),
  'route.topic.regex': {
    type: 'STRING',
    default: '(?<routedByValue>.*)',
    importance: 'LOW',
    doc: 'Pattern of the values of that column.',
    validate: patternProblem,
  },
  'route.topic.replacement': {
    type: 'STRING',
    default: 'outbox.event.${routedByValue}',
    importance: 'HIGH',
    doc: 'The topic, with the groups of the pattern.',
  },
  'route.tombstone.on.empty.payload': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Whether an empty payload becomes a tombstone.',
  },
  'tracing.span.context.field': noTracing('tracingspancontext'),
  'tracing.operation.name': noTracing('debezium-read'),
  'tracing.with.context.field.only': noTracing('false'),
} as const;

function noTracing(fallback: string) {
  return {
    type: 'STRING',
    default: fallback,
    importance: 'LOW',
    doc: 'Spans are not written: only the default is taken.',
    validate: (value: string) => (value === fallback ? undefined : 'spans are not supported, leave it out'),
  } as const;
}

export const eventRouterConfig = defineConfig(eventRouterKeys);
export type EventRouterSettings = ConfigOf<typeof eventRouterKeys>;
