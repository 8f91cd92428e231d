import { goldenSuite, type Differences } from './golden-suite.ts';

const differences: Differences = [
  [
    /^Unwrap (tombstone|default mode|add headers|route)$/,
    'the tombstone itself is kept and the delete event dropped, not the other way round',
  ],
  [/^Unwrap delete-to-tombstone$/, 'a delete event without an old row is a tombstone as well'],
  [/^Unwrap null default$/, 'the option has an effect in every mode, not only where deletes are rewritten'],
  [/^Outbox additional bad$/, 'refused at once, not with the first record'],
  [/^Outbox additional missing ignored$/, 'the option is obeyed, where the original throws'],
  [/^Outbox expand (1|2|8) /, 'arrays are expanded where they have one type and otherwise stay texts, where the original throws'],
  [/^HeaderToValue nested$/, 'a null of the row stays null'],
  [/^HeaderToValue created deep$/, 'paths of any depth, where the original stops at the second level'],
  [/==~/, 'patterns between slashes are not in the common language: the expression is refused with a sentence'],
  [/^PartitionRouting bad hash$/, 'refused, not ignored'],
  [/^Timezone (include|exclude) two$/, 'a list may mix rules of tables and of topics'],
];

goldenSuite('Debezium 3.6.1', 'debezium-transforms.jsonl', differences);
