import type { TlsMode } from './connection-target.ts';

/** What the parameters of a connection URL say, of those that mean something here. */
export interface UrlParameters {
  user?: string;
  password?: string;
  schema?: string;
  tls?: TlsMode;
}

/** Takes a value over; the sentence when it asks for something that is not there. */
type Take = (into: UrlParameters, value: string) => string | undefined;

const UTC = new Set(['utc', 'z', '+00:00', 'etc/utc', 'gmt']);

const tlsModes: Readonly<Record<string, TlsMode>> = {
  disable: 'off',
  disabled: 'off',
  allow: 'off',
  prefer: 'prefer',
  preferred: 'prefer',
  require: 'require',
  required: 'require',
  trust: 'require',
  'verify-ca': 'verify-ca',
  verify_ca: 'verify-ca',
  'verify-full': 'verify-full',
  verify_identity: 'verify-full',
};

const tlsSwitch: Take = (into, value) => {
  into.tls ??= value === '' || value === 'true' ? 'require' : 'off';
  return undefined;
};

const utcOnly: Take = (_, value) =>
  UTC.has(value.toLowerCase()) ? undefined : 'the time zone must be UTC: times are always written in UTC';

const WRITABLE = new Set(['any', 'primary', 'master', 'preferprimary', 'read-write', 'readwrite']);

/** Of several hosts the one that takes writes is always looked for. */
const writableOnly: Take = (_, value) =>
  WRITABLE.has(value.toLowerCase()) ? undefined : 'a sink needs the server that takes writes: targetServerType=primary';

/** Asks for what is always so here (UTF-8, keep-alive, multi-row statements), or concerns the JDBC driver's own caches. */
const withoutMeaning: Take = () => undefined;

/** By lower-case name. */
const parameters: Readonly<Record<string, Take>> = {
  user: (into, value) => {
    into.user = value;
    return undefined;
  },
  password: (into, value) => {
    into.password = value;
    return undefined;
  },
  currentschema: (into, value) => {
    into.schema = value;
    return value.includes(',') ? 'currentSchema may name one schema only' : undefined;
  },
  sslmode: (into, value) => {
    const mode = tlsModes[value.toLowerCase()];
    into.tls = mode ?? 'off';
    return mode === undefined ? `sslmode "${value}" is not known` : undefined;
  },
  ssl: tlsSwitch,
  usessl: tlsSwitch,
  requiressl: tlsSwitch,
  servertimezone: utcOnly,
  connectiontimezone: utcOnly,
  targetservertype: writableOnly,
  target_session_attrs: writableOnly,
  loadbalancehosts: withoutMeaning,
  hostrecheckseconds: withoutMeaning,
  applicationname: withoutMeaning,
  tcpkeepalive: withoutMeaning,
  stringtype: withoutMeaning,
  rewritebatchedinserts: withoutMeaning,
  rewritebatchedstatements: withoutMeaning,
  useunicode: withoutMeaning,
  characterencoding: withoutMeaning,
  allowpublickeyretrieval: withoutMeaning,
  useserverprepstmts: withoutMeaning,
  cacheprepstmts: withoutMeaning,
  prepstmtcachesize: withoutMeaning,
  prepstmtcachesqllimit: withoutMeaning,
  usebulkstmts: withoutMeaning,
  preparethreshold: withoutMeaning,
  binarytransfer: withoutMeaning,
  autoreconnect: withoutMeaning,
  connecttimeout: withoutMeaning,
  sockettimeout: withoutMeaning,
  logintimeout: withoutMeaning,
};

/** All parameters, or the sentence about the first that cannot be taken. Names count without regard to case. */
export const readUrlParameters = (search: URLSearchParams): UrlParameters | string => {
  const into: UrlParameters = {};
  for (const [name, value] of search) {
    const take = parameters[name.toLowerCase()];
    const problem = take === undefined ? `its parameter "${name}" is not supported; leave it out` : take(into, value);
    if (problem !== undefined) return problem;
  }
  return into;
};
