import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Cause = 'bad_request' | 'unauthorized' | 'not_found' | 'forbidden' | 'not_acceptable';

export const restErrors: ErrorTable<'rest', Cause> = defineErrors('rest', {
  bad_request: {
    reaction: 'request',
    status: 400,
    meaning: 'The request is not what the endpoint takes.',
    hint: 'Compare it with /openapi.json.',
  },
  unauthorized: {
    reaction: 'request',
    status: 401,
    meaning: 'The request carries no credentials that this worker knows.',
    hint: 'Send Authorization: Basic or Bearer, as rest.basic.auth.file and rest.bearer.auth.file of the worker say.',
  },
  not_found: { reaction: 'request', status: 404, meaning: 'There is no such thing.', hint: 'Check the name.' },
  forbidden: { reaction: 'request', status: 403, meaning: 'This worker does not offer that.', hint: "Change the worker's configuration." },
  not_acceptable: {
    reaction: 'request',
    status: 406,
    meaning: 'The client accepts no JSON.',
    hint: 'Send Accept: application/json, or none.',
  },
});
