import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ConfigProblem } from '../errors/headrace-error.ts';
import { toError } from '../errors/to-error.ts';
import type { ClientSettings } from '../config/client-settings.ts';
import { storeFormat, storeTypes, type StoreFormat } from './store-format.ts';

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
  'ssl.protocol',
  'ssl.enabled.protocols',
]);

/** What is wrong with the `ssl.*` settings, without a look at any file. */
export const tlsProblems = (settings: ClientSettings): readonly ConfigProblem[] => [
  ...Object.keys(settings)
    .filter((key) => key.startsWith('ssl.') && !known.has(key))
    .map((key) => ({ key, message: `${key} is not supported: remove it. Supported are ${[...known].join(', ')}.` })),
  ...typeProblems(settings),
  ...keyTextProblems(settings),
  ...identificationProblems(settings),
  ...versionProblems(settings),
];

/** Reads the stores that the settings name; problems say which file cannot be read or used. */
export const readTlsOptions = (settings: ClientSettings): { readonly options: TlsOptions; readonly problems: readonly ConfigProblem[] } => {
  const problems = [...tlsProblems(settings)];
  if (problems.length > 0) return { options: {}, problems };
  const read = (side: Side): Store | undefined => readStore(settings, side, problems);
  const options = {
    ...given('ca', settings['ssl.truststore.certificates'] ?? read('truststore')?.content),
    ...ownCertificate(settings, read),
    ...versions(settings),
    ...(settings['ssl.endpoint.identification.algorithm'] === '' ? { checkServerIdentity: () => undefined } : {}),
  };
  return { options, problems };
};

type Side = 'truststore' | 'keystore';

interface Store {
  readonly format: StoreFormat;
  readonly content: Buffer;
}

const readStore = (settings: ClientSettings, side: Side, problems: ConfigProblem[]): Store | undefined => {
  const key = `ssl.${side}.location`;
  const file = settings[key];
  if (file === undefined) return undefined;
  try {
    const content = readFileSync(file);
    const format = storeFormat(settings[`ssl.${side}.type`], content);
    if (format === 'PEM' || (format === 'PKCS12' && side === 'keystore')) return { format, content };
    problems.push({ key, value: file, message: `${key} names the file ${file}, ${cures[side][format]}` });
  } catch (error) {
    problems.push({ key, value: file, message: `${key} names the file ${file}, which cannot be read: ${toError(error).message}.` });
  }
  return undefined;
};

const cures: Readonly<Record<Side, Readonly<Record<StoreFormat, string>>>> = {
  truststore: {
    PEM: '',
    PKCS12: 'a PKCS12 store; trusted certificates have to be PEM: openssl pkcs12 -nokeys -in STORE -out trusted.pem.',
    JKS: 'a Java key store; trusted certificates have to be PEM: keytool -exportcert -rfc -alias NAME -keystore STORE -file trusted.pem.',
  },
  keystore: {
    PEM: '',
    PKCS12: '',
    JKS: 'a Java key store; use PEM or PKCS12: keytool -importkeystore -srckeystore STORE -destkeystore store.p12 -deststoretype PKCS12.',
  },
};

/** A PEM store holds the key and its chain in one file. */
const ownCertificate = (settings: ClientSettings, read: (side: Side) => Store | undefined): TlsOptions => {
  const store = read('keystore');
  if (store?.format === 'PKCS12') return { pfx: store.content, ...given('passphrase', settings['ssl.keystore.password']) };
  return {
    ...given('cert', settings['ssl.keystore.certificate.chain'] ?? store?.content),
    ...given('key', settings['ssl.keystore.key'] ?? store?.content),
    ...given('passphrase', settings['ssl.key.password']),
  };
};

const typeProblems = (settings: ClientSettings): readonly ConfigProblem[] =>
  ['ssl.truststore.type', 'ssl.keystore.type'].flatMap((key) => {
    const type = settings[key];
    if (type === undefined || storeTypes.has(type.toUpperCase())) return [];
    return [{ key, value: type, message: `${key} is ${type}; it has to be PEM, or PKCS12 for a key.` }];
  });

const keyTextProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const [chain, privateKey, location] = ['ssl.keystore.certificate.chain', 'ssl.keystore.key', 'ssl.keystore.location'] as const;
  const hasText = settings[chain] !== undefined || settings[privateKey] !== undefined;
  if (!hasText) return [];
  if (settings[location] !== undefined) {
    return [{ key: location, message: `${location} and ${chain} say the same in two ways: give one of them.` }];
  }
  if (settings[chain] !== undefined && settings[privateKey] !== undefined) return [];
  return [{ key: chain, message: `${chain} and ${privateKey} belong together: give both.` }];
};

const identificationProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const key = 'ssl.endpoint.identification.algorithm';
  const value = settings[key];
  if (value === undefined || value === '' || value.toLowerCase() === 'https') return [];
  return [{ key, value, message: `${key} is "${value}"; it has to be https, or empty for no check of the host's name.` }];
};

const versionProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const [protocol, enabled] = ['ssl.protocol', 'ssl.enabled.protocols'] as const;
  const problems: ConfigProblem[] = [];
  const value = settings[protocol];
  if (value !== undefined && !isVersion(value) && value !== 'TLS') {
    problems.push({ key: protocol, value, message: `${protocol} is "${value}"; it has to be TLSv1.3, TLSv1.2 or TLS.` });
  }
  const listed = listOf(settings[enabled]);
  if (settings[enabled] !== undefined && (listed.length === 0 || !listed.every(isVersion))) {
    problems.push({
      key: enabled,
      value: settings[enabled],
      message: `${enabled} is "${settings[enabled]}"; it has to be TLSv1.2, TLSv1.3 or both.`,
    });
  }
  return problems;
};

/** `ssl.enabled.protocols` says which; without it `ssl.protocol` is the highest. */
const versions = (settings: ClientSettings): TlsOptions => {
  const listed = listOf(settings['ssl.enabled.protocols']).filter(isVersion).sort();
  const [minVersion, maxVersion] = [listed[0], listed.at(-1)];
  if (minVersion !== undefined && maxVersion !== undefined) return { minVersion, maxVersion };
  return settings['ssl.protocol'] === 'TLSv1.2' ? { maxVersion: 'TLSv1.2' } : {};
};

const isVersion = (text: string): text is Version => text === 'TLSv1.2' || text === 'TLSv1.3';

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const given = <K extends keyof TlsOptions>(key: K, value: TlsOptions[K]): TlsOptions => (value === undefined ? {} : { [key]: value });
