import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Causes =
  | 'unavailable'
  | 'incompatible_schema'
  | 'refused'
  | 'schema_missing'
  | 'latest_differs'
  | 'unknown_schema_id'
  | 'unsupported_schema'
  | 'unencodable_value'
  | 'malformed_record';

/** What can go wrong between a record and its bytes under the schema registry. */
export const errors: ErrorTable<'registry', Causes> = defineErrors('registry', {
  unavailable: {
    reaction: 'retry',
    meaning: 'No schema registry answered in time, or it answered with a server error.',
    hint: 'Check schema.registry.url and the health of the registry; the task goes on by itself.',
  },
  incompatible_schema: {
    reaction: 'task-failure',
    meaning: "The registry refused a new version of a subject because of the subject's compatibility rule.",
    hint: 'Change the table back, relax the rule of the subject, or write to another topic; then restart the task.',
  },
  refused: {
    reaction: 'task-failure',
    meaning: 'The registry refused the request: credentials, permission, or a schema it cannot read.',
    hint: 'Follow the reason the registry gave.',
  },
  schema_missing: {
    reaction: 'task-failure',
    meaning: 'The subject does not hold the schema, and registering it is turned off.',
    hint: 'Register the schema, or set auto.register.schemas=true.',
  },
  latest_differs: {
    reaction: 'task-failure',
    meaning: "Records do not have the layout of their subject's latest schema, under which use.latest.version=true writes them.",
    hint: 'Register a schema with the same fields in the same order, or leave use.latest.version=false.',
  },
  unknown_schema_id: {
    reaction: 'record',
    meaning: 'A record names a schema id the registry does not know.',
    hint: 'Check that the topic was written with this registry.',
  },
  unsupported_schema: {
    reaction: 'task-failure',
    meaning: 'A schema has no rendering in the format of the converter, or one of that format has none in Connect.',
    hint: 'Change the schema, or use another converter.',
  },
  unencodable_value: {
    reaction: 'record',
    meaning: 'A value does not fit its schema.',
    hint: 'A transform or the source gives another type than it declares; the message names the field.',
  },
  malformed_record: {
    reaction: 'record',
    meaning: 'Bytes are not what the converter reads: another wire format, or not what their schema says.',
    hint: 'Check what writes to the topic, or set errors.tolerance and a dead letter queue.',
  },
});
