import type { RawConfig } from '@headrace/foundation';
import type { ConverterPlugin, SchemaAndValue } from '../converter.ts';
import type { ConnectRecord } from '../record.ts';
import type { PredicatePlugin, TransformPlugin } from '../transform.ts';
import { check, demand, inTime, shown, type Check } from './check.ts';
import { definitionChecks } from './definition-checks.ts';

export interface ConverterSample {
  readonly plugin: ConverterPlugin;
  readonly config: RawConfig;
  /** Values that come back as they were. */
  readonly values: readonly SchemaAndValue[];
}

/** What the runtime relies on in every converter. */
export const converterChecks = ({ plugin, config, values }: ConverterSample): readonly Check[] =>
  [true, false].flatMap((isKey) => [
    ...(isKey ? definitionChecks(plugin, config) : []),
    check(`gives ${isKey ? 'keys' : 'values'} back as they were`, async () => {
      const converter = plugin.create(config, isKey);
      for (const { schema, value } of values) {
        const encode = await inTime('encoderFor', converter.encoderFor('topic', schema, new AbortController().signal));
        const decoded = await converter.decode('topic', encode(value));
        demand(shown(decoded.value) === shown(value), `${shown(value)} came back as ${shown(decoded.value)}.`);
      }
    }),
    check(`takes no bytes for no ${isKey ? 'key' : 'value'}`, async () => {
      const { value } = await plugin.create(config, isKey).decode('topic', null);
      demand(value === null, `No bytes were decoded as ${shown(value)}.`);
    }),
  ]);

export interface TransformSample {
  readonly plugin: TransformPlugin;
  readonly config: RawConfig;
  readonly records: readonly ConnectRecord[];
}

/** What the runtime relies on in every transform. */
export const transformChecks = ({ plugin, config, records }: TransformSample): readonly Check[] => [
  ...definitionChecks(plugin, config),
  check('leaves the record that it is given as it is', () => {
    const transform = plugin.create(config);
    for (const record of records) {
      const before = shown(record);
      transform(record);
      demand(shown(record) === before, `The record ${before} was changed to ${shown(record)}.`);
    }
  }),
  check('does the same to the same record each time', () => {
    const transform = plugin.create(config);
    for (const record of records) {
      const [one, other] = [shown(transform(record)), shown(transform(record))];
      demand(one === other, `The same record became ${one}, then ${other}.`);
    }
  }),
];

export interface PredicateSample {
  readonly plugin: PredicatePlugin;
  readonly config: RawConfig;
  /** Records for which it holds. */
  readonly matching: readonly ConnectRecord[];
  /** Records for which it does not. */
  readonly others: readonly ConnectRecord[];
}

/** What the runtime relies on in every predicate. */
export const predicateChecks = ({ plugin, config, matching, others }: PredicateSample): readonly Check[] => [
  ...definitionChecks(plugin, config),
  check('holds for the records that it is to hold for, and for no others, each time', () => {
    const holds = plugin.create(config);
    const asked = [...matching, ...others].flatMap((record, index) =>
      [record, record].map((each) => [each, index < matching.length] as const),
    );
    for (const [record, isMatching] of asked) {
      demand(holds(record) === isMatching, `It ${isMatching ? 'does not hold' : 'holds'} for ${shown(record)}.`);
    }
  }),
  check('leaves the record that it is given as it is', () => {
    const holds = plugin.create(config);
    for (const record of [...matching, ...others]) {
      const before = shown(record);
      holds(record);
      demand(shown(record) === before, `The record ${before} was changed to ${shown(record)}.`);
    }
  }),
];
