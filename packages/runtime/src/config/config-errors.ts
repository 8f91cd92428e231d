import { defineErrors, type ErrorTable } from '@headrace/foundation';

export const configErrors: ErrorTable<'config', 'invalid'> = defineErrors('config', {
  invalid: {
    reaction: 'config',
    status: 400,
    meaning: 'A connector configuration has wrong or missing keys.',
    hint: 'Correct every key that the message names.',
  },
});
