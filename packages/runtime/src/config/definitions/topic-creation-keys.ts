import type { PlacedKey } from '../validation.ts';
import { isTopicsPattern } from '../topics-pattern.ts';
import type { PlacedKeys } from './placed-keys.ts';

const atLeastOneOrBrokerDefault = (value: unknown): string | undefined =>
  Number(value) === -1 || Number(value) >= 1 ? undefined : "Value must be at least 1, or -1 for the broker's default";

const patterns = (value: unknown): string | undefined => {
  const bad = (value as readonly string[]).find((item) => !isTopicsPattern(item));
  return bad === undefined ? undefined : `Invalid regular expression: ${bad}`;
};

/**
 * Settings of topics that a source creates, per group and for `default`. Kafka Connect finds out about a wrong one when the
 * task starts; we say so at once. Only looked at when the connector has any `topic.creation.` key.
 */
export const topicCreationKeys = (groups: readonly string[]): PlacedKeys => {
  const named = groups.filter((group) => group !== 'default');
  return Object.fromEntries([
    ...numbersOf('default', undefined),
    ...named.flatMap((group) => [...filtersOf(group), ...numbersOf(group, null)]),
  ]);
};

const key = (group: string, order: number, rest: Omit<PlacedKey, 'group' | 'orderInGroup' | 'importance' | 'width'>): PlacedKey => ({
  ...rest,
  importance: 'LOW',
  group: `Topic Creation: ${group}`,
  orderInGroup: order,
  width: 'LONG',
});

const filtersOf = (group: string): readonly [string, PlacedKey][] => [
  [
    `topic.creation.${group}.include`,
    key(group, 1, {
      type: 'LIST',
      displayName: `Inclusion Topic Pattern for ${group}`,
      doc: 'Topics of the group, as regular expressions.',
      validate: patterns,
    }),
  ],
  [
    `topic.creation.${group}.exclude`,
    key(group, 2, {
      type: 'LIST',
      default: '',
      displayName: `Exclusion Topic Pattern for ${group}`,
      doc: 'Topics that the group leaves out all the same.',
      validate: patterns,
    }),
  ],
];

/** `fallback` undefined makes both required: that is the rule for `default`, on which the other groups fall back. */
const numbersOf = (group: string, fallback: null | undefined): readonly [string, PlacedKey][] => {
  const optional = fallback === undefined ? {} : { default: fallback };
  return [
    [
      `topic.creation.${group}.replication.factor`,
      key(group, 3, {
        type: 'SHORT',
        ...optional,
        displayName: `Replication Factor for Topics in ${group}`,
        doc: "Replicas of a created topic; -1 for the broker's default.",
        validate: atLeastOneOrBrokerDefault,
      }),
    ],
    [
      `topic.creation.${group}.partitions`,
      key(group, 4, {
        type: 'INT',
        ...optional,
        displayName: `Partition Count for Topics in ${group}`,
        doc: "Partitions of a created topic; -1 for the broker's default.",
        validate: atLeastOneOrBrokerDefault,
      }),
    ],
  ];
};
