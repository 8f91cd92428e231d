import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Causes = 'failed_as_told' | 'file_unusable' | 'invalid_config';

/** What the connectors for trying can stumble over. */
export const errors: ErrorTable<'trial', Causes> = defineErrors('trial', {
  failed_as_told: {
    reaction: 'task-failure',
    meaning: 'A connector for tests failed, as its mock_mode says.',
    hint: 'Restart it: its delay begins anew.',
  },
  file_unusable: {
    reaction: 'task-failure',
    meaning: 'A file cannot be opened, read or written.',
    hint: 'Check its path and permissions on the worker that runs the task.',
  },
  invalid_config: {
    reaction: 'config',
    status: 400,
    meaning: 'The settings or offsets of a connector for trying are wrong.',
    hint: 'Correct every key that the message names.',
  },
});
