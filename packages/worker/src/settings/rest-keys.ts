import type { ConfigKeys } from '@headrace/foundation';
import { listenersProblem } from './listeners.ts';

/** Settings of the REST API: where it listens, whom it lets in, what others are told. */
export const restKeys = {
  listeners: {
    type: 'LIST',
    default: 'http://127.0.0.1:8083',
    importance: 'HIGH',
    doc: 'Addresses of the REST API, by HTTP and HTTPS. Without a host: every address of this machine.',
    validate: listenersProblem,
  },
  'rest.advertised.listener': {
    type: 'STRING',
    default: null,
    values: ['http', 'https'],
    ignoreCase: true,
    importance: 'LOW',
    doc: 'Which kind of `listeners` others are sent to. Default: the first by HTTP, else the first.',
  },
  'rest.advertised.host.name': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: "Host that other workers and clients reach this one by. Default: that of the listener; where it has none, this machine's name.",
  },
  'rest.advertised.port': {
    type: 'INT',
    default: null,
    min: 1,
    max: 65_535,
    importance: 'LOW',
    doc: 'Port that other workers and clients reach this one by. Default: that of the listener.',
  },
  'ssl.client.auth': {
    type: 'STRING',
    default: 'none',
    values: ['required', 'requested', 'none'],
    ignoreCase: true,
    importance: 'LOW',
    doc: 'Whether clients of an https listener have to show a certificate.',
  },
  'rest.basic.auth.file': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'File with a line user:password for each user of the REST API. Left out: no basic authentication.',
  },
  'rest.bearer.auth.file': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'File with a token in each line that opens the REST API. Left out: no bearer authentication.',
  },
  'access.control.allow.origin': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Origins whose scripts may use the REST API: *, origins, or regular expressions for them.',
  },
  'access.control.allow.methods': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Methods that those scripts may use. Default: GET, POST, HEAD.',
  },
  'admin.listeners': {
    type: 'LIST',
    default: null,
    importance: 'LOW',
    doc: 'Addresses of the endpoints under /admin. Left out: those of `listeners`; empty: there are none.',
    validate: listenersProblem,
  },
  // Whoever sets this wants less to be open than would be without it: so it is refused, not left out.
  'rest.extension.classes': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Not there: classes of Java.',
    validate: (classes) =>
      classes.length === 0
        ? undefined
        : 'Classes of Java cannot run here: for logins there are rest.basic.auth.file and rest.bearer.auth.file',
  },
  'response.http.headers.config': {
    type: 'STRING',
    default: '',
    importance: 'LOW',
    doc: 'Headers of every answer of the REST API: set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store".',
  },
} as const satisfies ConfigKeys;
