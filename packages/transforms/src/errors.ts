import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Causes = 'unencodable_value' | 'malformed_record' | 'missing_field' | 'unsuitable_record' | 'invalid_config';

/** What transforms, predicates and the converters without a registry can stumble over. */
export const errors: ErrorTable<'transform', Causes> = defineErrors('transform', {
  unencodable_value: {
    reaction: 'record',
    meaning: 'A value does not fit its schema, or the converter does not take values of its type.',
    hint: 'Choose a converter for that type, or correct what makes the record.',
  },
  malformed_record: {
    reaction: 'record',
    meaning: 'Bytes are not what the converter reads.',
    hint: 'Check what writes to the topic, or set errors.tolerance and a dead letter queue.',
  },
  missing_field: {
    reaction: 'record',
    meaning: 'A transform refers to a field that the record does not have.',
    hint: 'Correct the name of the field, or limit the transform with a predicate.',
  },
  unsuitable_record: {
    reaction: 'record',
    meaning: 'A transform cannot handle a record of this form.',
    hint: 'Limit the transform with a predicate.',
  },
  invalid_config: {
    reaction: 'config',
    status: 400,
    meaning: 'The settings of a transform, predicate or converter are wrong.',
    hint: 'Correct every key that the message names.',
  },
});
