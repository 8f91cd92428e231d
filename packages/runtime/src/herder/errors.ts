import { defineErrors, RequestError, type ErrorTable } from '@headrace/foundation';

type Causes =
  | 'not_found'
  | 'worker_not_found'
  | 'stopped'
  | 'task_not_found'
  | 'exists'
  | 'too_large'
  | 'conflict'
  | 'name_mismatch'
  | 'not_stopped'
  | 'offsets_rejected'
  | 'no_signals'
  | 'signal_rejected'
  | 'signal_exists'
  | 'signals_waiting';

export const connectorErrors: ErrorTable<'connector', Causes> = defineErrors('connector', {
  not_found: { reaction: 'request', status: 404, meaning: 'There is no connector of that name.', hint: 'List them: GET /connectors.' },
  worker_not_found: {
    reaction: 'request',
    status: 404,
    meaning: 'No worker of that name is a member of the cluster.',
    hint: 'List them: GET /cluster.',
  },
  task_not_found: {
    reaction: 'request',
    status: 404,
    meaning: 'The connector has no task of that number.',
    hint: 'List them: GET /connectors/{name}/tasks.',
  },
  stopped: {
    reaction: 'request',
    status: 409,
    meaning: 'The connector is stopped, so that it has no tasks.',
    hint: 'Resume it with PUT /connectors/{name}/resume.',
  },
  exists: {
    reaction: 'request',
    status: 409,
    meaning: 'A connector of that name exists.',
    hint: 'Change it with PUT /connectors/{name}/config.',
  },
  too_large: {
    reaction: 'request',
    status: 413,
    meaning: 'The configuration is larger than the store takes.',
    hint: 'Make it smaller, or split the connector.',
  },
  conflict: {
    reaction: 'request',
    status: 409,
    meaning: 'Others kept changing the connector while the request was carried out.',
    hint: 'Send the request again.',
  },
  name_mismatch: {
    reaction: 'request',
    status: 400,
    meaning: 'The configuration carries another name than the request.',
    hint: 'Leave `name` out of the configuration, or make both equal.',
  },
  not_stopped: {
    reaction: 'request',
    status: 400,
    meaning: 'Offsets can be changed only while nothing of the connector runs.',
    hint: 'Stop it with PUT /connectors/{name}/stop and wait until its status shows no tasks.',
  },
  offsets_rejected: {
    reaction: 'request',
    status: 400,
    meaning: 'The offsets are not of the kind this connector has.',
    hint: 'See GET /connectors/{name}/offsets for their form.',
  },
  no_signals: {
    reaction: 'request',
    status: 400,
    meaning: 'Connectors of this class take no signals.',
    hint: 'The README of a connector says whether it takes some.',
  },
  signal_rejected: {
    reaction: 'request',
    status: 400,
    meaning: 'The connector cannot carry out a signal of this form.',
    hint: 'Types and data are those of Debezium: execute-snapshot, stop-snapshot, pause-snapshot, resume-snapshot, log.',
  },
  signal_exists: {
    reaction: 'request',
    status: 409,
    meaning: 'A signal with this id waits already.',
    hint: 'Leave the id out, so that one is made.',
  },
  signals_waiting: {
    reaction: 'request',
    status: 409,
    meaning: 'Too many signals wait for the connector.',
    hint: 'They are carried out while its task runs: see GET /connectors/{name}/status.',
  },
});

/** `message` is Kafka Connect's, which differs from call to call. */
export const notFound = (message: string): RequestError => new RequestError(connectorErrors.not_found.code, 404, message);

export const conflict = (): RequestError =>
  new RequestError(
    connectorErrors.conflict.code,
    409,
    'Cannot complete request because of a conflicting operation: the connector is being changed by others. Send the request again.',
  );

export const workerNotFound = (workerId: string): RequestError =>
  new RequestError(
    connectorErrors.worker_not_found.code,
    404,
    `Worker ${workerId} is not a member of the cluster. List them: GET /cluster.`,
  );
