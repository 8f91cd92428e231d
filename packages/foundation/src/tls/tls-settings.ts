import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ConfigProblem } from '../errors/headrace-error.ts';
import { toError } from '../errors/to-error.ts';

/** Settings of Kafka's clients, by their names; values that are secret included. */
export type ClientSettings = Readonly<Record<string, string>>;

/** What a TLS connection is made with. Empty: the system's authorities, and the host's name has to match. */
export type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'minVersion' | 'maxVersion' | 'checkServerIdentity'
>;

type Version = 'TLSv1.2' | 'TLSv1.3';

/** The `ssl.*` settings that have an effect. */
const known: ReadonlySet<string> = new Set([
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
  'ssl.enabled.protocols',
]);

/** What is wrong with the `ssl.*` settings, without a look at any file. */
export const tlsProblems = (settings: ClientSettings): readonly ConfigProblem[] => [
  ...Object.keys(settings)
    .filter((key) => key.startsWith('ssl.') && !known.has(key))
    .map((key) => ({ key, message: `${key} is not supported: remove it. Supported are ${[...known].join(', ')}.` })),
  ...trustProblems(settings),
  ...keyProblems(settings),
  ...protocolProblems(settings),
];

/** Reads the stores that the settings name; problems say which file cannot be read. */
export const readTlsOptions = (settings: ClientSettings): { readonly options: TlsOptions; readonly problems: readonly ConfigProblem[] } => {
  const problems = [...tlsProblems(settings)];
  if (problems.length > 0) return { options: {}, problems };
  const read = (key: string): Buffer | undefined => {
    const file = settings[key];
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      problems.push({ key, value: file, message: `${key} names the file ${file}, which cannot be read: ${toError(error).message}.` });
      return undefined;
    }
  };
  const options = {
    ...given('ca', settings['ssl.truststore.certificates'] ?? read('ssl.truststore.location')),
    ...(settings['ssl.keystore.type'] === 'PKCS12' ? pkcs12(settings, read) : pem(settings, read)),
    ...versions(settings),
    ...(settings['ssl.endpoint.identification.algorithm'] === '' ? { checkServerIdentity: () => undefined } : {}),
  };
  return { options, problems };
};

type ReadFile = (key: string) => Buffer | undefined;

const pkcs12 = (settings: ClientSettings, read: ReadFile): TlsOptions => ({
  ...given('pfx', read('ssl.keystore.location')),
  ...given('passphrase', settings['ssl.keystore.password']),
});

/** A PEM store holds the key and its chain in one file. */
const pem = (settings: ClientSettings, read: ReadFile): TlsOptions => {
  const store = read('ssl.keystore.location');
  return {
    ...given('cert', settings['ssl.keystore.certificate.chain'] ?? store),
    ...given('key', settings['ssl.keystore.key'] ?? store),
    ...given('passphrase', settings['ssl.key.password']),
  };
};

const trustProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const key = 'ssl.truststore.type';
  const isUsed = settings['ssl.truststore.location'] !== undefined || settings['ssl.truststore.certificates'] !== undefined;
  const type = settings[key] ?? 'JKS';
  if (!isUsed || type === 'PEM') return [];
  return [{ key, value: type, message: `${key} is ${type}; only PEM is supported: export the certificates (keytool -exportcert -rfc).` }];
};

const keyProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const [key, chain, location] = ['ssl.keystore.type', 'ssl.keystore.certificate.chain', 'ssl.keystore.location'] as const;
  const hasText = settings[chain] !== undefined || settings['ssl.keystore.key'] !== undefined;
  const type = settings[key] ?? 'JKS';
  if (!hasText && settings[location] === undefined) return [];
  if (type !== 'PEM' && type !== 'PKCS12') {
    return [{ key, value: type, message: `${key} is ${type}; use PEM or PKCS12 (keytool -importkeystore -deststoretype PKCS12).` }];
  }
  if (!hasText) return [];
  if (type === 'PKCS12') return [{ key, value: type, message: `${chain} and ssl.keystore.key are PEM: set ${key}=PEM.` }];
  if (settings[chain] !== undefined && settings['ssl.keystore.key'] !== undefined) return [];
  return [{ key: chain, message: `${chain} and ssl.keystore.key belong together: give both.` }];
};

const protocolProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const [identification, protocols] = ['ssl.endpoint.identification.algorithm', 'ssl.enabled.protocols'] as const;
  const problems: ConfigProblem[] = [];
  const algorithm = settings[identification];
  if (algorithm !== undefined && algorithm !== '' && algorithm.toLowerCase() !== 'https') {
    problems.push({
      key: identification,
      value: algorithm,
      message: `${identification} is "${algorithm}"; it has to be https, or empty for no check of the host's name.`,
    });
  }
  const listed = listOf(settings[protocols]);
  if (settings[protocols] !== undefined && (listed.length === 0 || !listed.every(isVersion))) {
    problems.push({
      key: protocols,
      value: settings[protocols],
      message: `${protocols} is "${settings[protocols]}"; it has to be TLSv1.2, TLSv1.3 or both.`,
    });
  }
  return problems;
};

const versions = (settings: ClientSettings): TlsOptions => {
  const listed = listOf(settings['ssl.enabled.protocols']).filter(isVersion).sort();
  const [minVersion, maxVersion] = [listed[0], listed.at(-1)];
  return minVersion === undefined || maxVersion === undefined ? {} : { minVersion, maxVersion };
};

const isVersion = (text: string): text is Version => text === 'TLSv1.2' || text === 'TLSv1.3';

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const given = <K extends keyof TlsOptions>(key: K, value: TlsOptions[K]): TlsOptions => (value === undefined ? {} : { [key]: value });
