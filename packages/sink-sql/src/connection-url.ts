import { Secret } from '@headrace/foundation';
import { isIP } from 'node:net';
import type { ConnectionTarget, TargetHost, TlsMode } from './connection-target.ts';
import { readUrlParameters, type UrlParameters } from './url-parameters.ts';

/** A target, or the reason why the URL is none. */
export type ParsedUrl = { readonly target: ConnectionTarget } | { readonly problem: string };

const PORTS = { postgres: 5432, mysql: 3306 } as const;

const dialects: Readonly<Record<string, ConnectionTarget['dialect']>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/** Undefined for nothing, and for a percent sign that begins no code. */
const decoded = (text: string): string | undefined => {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const BARE_PERCENT = /%(?![0-9a-f]{2})/i;

/** What the URL parser would take in another sense than it was meant; the sentence repeats no part of a login. */
const misreadPart = (plain: string, url: URL): string | undefined => {
  if (url.hash !== '' || plain.endsWith('#')) return 'a # in a name or password must be written as %23';
  if (BARE_PERCENT.test(plain)) return 'a % in a name or password must be written as %25';
  return [url.username, url.password].some((text) => text !== '' && decoded(text) === undefined)
    ? 'the % codes of user or password are not UTF-8'
    : undefined;
};

/** The URL parser drops port 80 as HTTP's own. */
const portOf = (plain: string, url: URL, dialect: ConnectionTarget['dialect']): number => {
  if (url.port !== '') return Number(url.port);
  return /^[^/?#]*\/\/[^/?#]*:80(?:[/?#]|$)/.test(plain) ? 80 : PORTS[dialect];
};

const hostOf = (plain: string, url: URL, dialect: ConnectionTarget['dialect']): TargetHost => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: portOf(plain, url, dialect),
});

/** The same URL for each of the hosts that it names one after the other. */
const perHost = (plain: string): readonly string[] => {
  const [, before = '', hosts = '', behind = ''] = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is.exec(plain) ?? [];
  return hosts.split(',').map((host) => before + host + behind);
};

const MISFORMED = 'host, port and database must read host:port/database, or host:port,host:port/database';

const loginOf = (url: URL, parameters: UrlParameters): Pick<ConnectionTarget, 'user' | 'password'> => {
  const password = parameters.password ?? decoded(url.password);
  return { user: parameters.user ?? decoded(url.username), password: password === undefined ? undefined : new Secret(password) };
};

const UNVERIFIABLE = 'with sslMode=VERIFY_IDENTITY the host must be a name, not an address; or use VERIFY_CA';

/** The driver of MySQL compares the certificate of an address with localhost. */
const isUnverifiable = (dialect: ConnectionTarget['dialect'], host: string, tls: TlsMode): boolean =>
  dialect === 'mysql' && tls === 'verify-full' && isIP(host) !== 0;

interface Servers {
  /** With the first of the hosts. */
  readonly url: URL;
  readonly hosts: readonly [TargetHost, ...TargetHost[]];
}

/** Undefined where one of the hosts cannot be read. */
const serversOf = (plain: string, scheme: string, dialect: ConnectionTarget['dialect']): Servers | undefined => {
  const read: { readonly url: URL; readonly host: TargetHost }[] = [];
  for (const text of perHost(plain)) {
    // Host and port are parsed for well-known schemes only.
    const url = URL.parse(`http${text.slice(scheme.length)}`);
    if (url === null) return undefined;
    read.push({ url, host: hostOf(text, url, dialect) });
  }
  const [first, ...others] = read;
  return first === undefined ? undefined : { url: first.url, hosts: [first.host, ...others.map(({ host }) => host)] };
};

/** Reads `jdbc:postgresql://`, `jdbc:mysql://` and `jdbc:mariadb://` URLs, of one host or several, and the same without `jdbc:`. */
export const parseConnectionUrl = (text: string): ParsedUrl => {
  const plain = text.trim().replace(/^jdbc:/i, '');
  const scheme = /^([a-z]+):\/\//i.exec(plain)?.[1]?.toLowerCase() ?? '';
  const dialect = dialects[scheme];
  if (dialect === undefined) return { problem: 'it must begin with jdbc:postgresql://, jdbc:mysql:// or jdbc:mariadb://' };
  const servers = serversOf(plain, scheme, dialect);
  if (servers === undefined) return { problem: MISFORMED };
  const { url, hosts } = servers;
  const misread = misreadPart(plain, url);
  if (misread !== undefined) return { problem: misread };
  const database = decoded(url.pathname.slice(1));
  if (database === undefined || database.includes('/')) return { problem: 'it must name a database: host:port/database' };
  const parameters = readUrlParameters(url.searchParams);
  if (typeof parameters === 'string') return { problem: parameters };
  const { tls = 'prefer', schema } = parameters;
  if (hosts.some(({ host }) => isUnverifiable(dialect, host, tls))) return { problem: UNVERIFIABLE };
  const [first, ...others] = hosts;
  return { target: { dialect, ...first, others, database, ...loginOf(url, parameters), tls, schema } };
};
