import { defineErrors, type ErrorTable } from '@headrace/foundation';

export const errors: ErrorTable<'state_file', 'in_use' | 'unusable'> = defineErrors('state_file', {
  in_use: {
    reaction: 'config',
    meaning: 'Another worker runs on the same file.',
    hint: 'Stop it, or give each worker a file of its own. If no such process is a worker, remove the lock file.',
  },
  unusable: {
    reaction: 'config',
    meaning: 'The file cannot be read, or was not written by a worker of ours.',
    hint: 'Name a file that does not exist yet. The offset file of Kafka Connect cannot be taken over.',
  },
});
