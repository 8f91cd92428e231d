import { defineErrors, type ErrorTable } from '@headrace/foundation';

/** Beyond the codes of the port (`coordination.*`): what only a real etcd refuses. */
export const etcdErrors: ErrorTable<'etcd', 'access_denied' | 'too_large' | 'refused'> = defineErrors('etcd', {
  access_denied: {
    reaction: 'config',
    status: 500,
    meaning: 'etcd refuses the user or the password, or the user may not touch the keys of this cluster.',
    hint: 'Check the etcd user, its password and its role: it needs read and write on the prefix of the cluster.',
  },
  too_large: {
    reaction: 'request',
    status: 413,
    meaning: 'A value is larger than etcd takes in one request (1.5 MiB unless --max-request-bytes says otherwise).',
    hint: 'Make the configuration smaller.',
  },
  refused: {
    reaction: 'bug',
    meaning: 'etcd understood a request and refused it for a reason that has nothing to do with its state.',
    hint: 'Report it, with the message.',
  },
});
