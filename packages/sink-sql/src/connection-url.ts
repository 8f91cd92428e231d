import { Secret } from '@headrace/foundation';
import { isIP } from 'node:net';
import type { ConnectionTarget, TlsMode } from './connection-target.ts';
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
  if (url.hostname.includes(',')) return 'host, port and database must read host:port/database, one host only';
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

const placeOf = (plain: string, url: URL, dialect: ConnectionTarget['dialect']): Pick<ConnectionTarget, 'host' | 'port'> => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: portOf(plain, url, dialect),
});

const loginOf = (url: URL, parameters: UrlParameters): Pick<ConnectionTarget, 'user' | 'password'> => {
  const password = parameters.password ?? decoded(url.password);
  return { user: parameters.user ?? decoded(url.username), password: password === undefined ? undefined : new Secret(password) };
};

const UNVERIFIABLE = 'with sslMode=VERIFY_IDENTITY the host must be a name, not an address; or use VERIFY_CA';

/** The driver of MySQL compares the certificate of an address with localhost. */
const isUnverifiable = (dialect: ConnectionTarget['dialect'], host: string, tls: TlsMode): boolean =>
  dialect === 'mysql' && tls === 'verify-full' && isIP(host) !== 0;

/** Reads `jdbc:postgresql://`, `jdbc:mysql://` and `jdbc:mariadb://` URLs, and the same without `jdbc:`. */
export const parseConnectionUrl = (text: string): ParsedUrl => {
  const plain = text.trim().replace(/^jdbc:/i, '');
  const scheme = /^([a-z]+):\/\//i.exec(plain)?.[1]?.toLowerCase() ?? '';
  const dialect = dialects[scheme];
  if (dialect === undefined) return { problem: 'it must begin with jdbc:postgresql://, jdbc:mysql:// or jdbc:mariadb://' };
  // Host and port are parsed for well-known schemes only.
  const url = URL.parse(`http${plain.slice(scheme.length)}`);
  if (url === null) return { problem: 'host, port and database must read host:port/database, one host only' };
  const misread = misreadPart(plain, url);
  if (misread !== undefined) return { problem: misread };
  const database = decoded(url.pathname.slice(1));
  if (database === undefined || database.includes('/')) return { problem: 'it must name a database: host:port/database' };
  const parameters = readUrlParameters(url.searchParams);
  if (typeof parameters === 'string') return { problem: parameters };
  const { tls = 'prefer', schema } = parameters;
  const place = placeOf(plain, url, dialect);
  if (isUnverifiable(dialect, place.host, tls)) return { problem: UNVERIFIABLE };
  return { target: { dialect, ...place, database, ...loginOf(url, parameters), tls, schema } };
};
