import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { Kafka, logLevel, type AclOperationTypes, type AclResourceTypes, type Admin } from 'kafkajs';
import { makeAuthority, type Authority } from './authority.ts';
import { aloneSettings, startBroker } from './own-broker.ts';
import { freePort, type OwnProcess } from './own-process.ts';

// Node.js finds only some names in a CommonJS module by itself: these would end the simulation, which runs without jest.
const { AclPermissionTypes, ResourcePatternTypes } = kafkajs;
export const Operation = kafkajs.AclOperationTypes;
export type Operation = AclOperationTypes;
export const ResourceType = kafkajs.AclResourceTypes;
export type ResourceType = AclResourceTypes;

/** User names and passwords of the broker; the certificates' users are named by their common name. */
export const users = {
  plain: { name: 'worker', password: 'pl"ain\\secret' },
  scram256: { name: 'scram256', password: 'scram-256-secret' },
  scram512: { name: 'scram512', password: 'scram-512-secret' },
} as const;

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

export const plainJaas = (name: string, password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username=${quoted(name)} password=${quoted(password)};`;

export const scramJaas = (name: string, password: string): string =>
  `org.apache.kafka.common.security.scram.ScramLoginModule required username=${quoted(name)} password=${quoted(password)};`;

/**
 * A broker of this test alone: SASL over TLS, mutual TLS, and Kafka's own authorizer, which allows nobody anything by itself.
 * A plain listener on loopback, whose user may do everything, is for preparing it.
 */
export class SecuredBroker implements AsyncDisposable {
  readonly authority: Authority;
  readonly saslAddress: string;
  readonly mutualTlsAddress: string;
  readonly client: Kafka;
  readonly admin: Admin;
  readonly #process: OwnProcess;

  private constructor(authority: Authority, ports: Ports, process: OwnProcess) {
    this.authority = authority;
    this.saslAddress = `127.0.0.1:${String(ports.sasl)}`;
    this.mutualTlsAddress = `127.0.0.1:${String(ports.mutual)}`;
    this.#process = process;
    this.client = new Kafka({
      brokers: [`127.0.0.1:${String(ports.plain)}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 60, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    this.admin = this.client.admin();
  }

  static async start(): Promise<SecuredBroker> {
    const dir = await mkdtemp(join(tmpdir(), 'secured-broker-'));
    const authority = await makeAuthority(dir, ['server', 'task']);
    const ports = { plain: await freePort(), sasl: await freePort(), mutual: await freePort(), controller: await freePort() };
    const scram = [users.scram256, users.scram512].map(
      ({ name, password }, index) => `SCRAM-SHA-${index === 0 ? '256' : '512'}=[name=${name},password=${password}]`,
    );
    const process = await startBroker(
      dir,
      settingsOf(dir, ports, authority),
      scram.flatMap((entry) => ['--add-scram', entry]),
    );
    const broker = new SecuredBroker(authority, ports, process);
    await process.untilUp(async () => {
      await broker.admin.connect();
      await broker.admin.describeCluster();
    });
    return broker;
  }

  /** Allows one user these operations on a resource, or on all whose name begins like it. */
  async allow(user: string, operations: readonly AclOperationTypes[], resource: Resource): Promise<void> {
    await this.admin.createAcls({
      acl: operations.map((operation) => ({
        principal: `User:${user}`,
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: resource.type,
        resourceName: resource.name,
        resourcePatternType: resource.isPrefix === true ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      })),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.disconnect();
    await this.#process[Symbol.asyncDispose]();
    await rm(this.authority.dir, { recursive: true, force: true });
  }
}

export interface Resource {
  readonly type: AclResourceTypes;
  readonly name: string;
  readonly isPrefix?: boolean;
}

interface Ports {
  readonly plain: number;
  readonly sasl: number;
  readonly mutual: number;
  readonly controller: number;
}

const settingsOf = (dir: string, ports: Ports, authority: Authority): Readonly<Record<string, string>> => {
  const address = (name: string, port: number): string => `${name}://127.0.0.1:${String(port)}`;
  const client = [address('INTERNAL', ports.plain), address('SASL', ports.sasl), address('MUTUAL', ports.mutual)];
  const passwords = `user_${users.plain.name}=${quoted(users.plain.password)}`;
  const module = 'org.apache.kafka.common.security';
  return {
    ...aloneSettings(dir, ports.controller),
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL',
    listeners: [...client, address('CONTROLLER', ports.controller)].join(','),
    'advertised.listeners': client.join(','),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': authority.storeOf('server'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.certificate,
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasl.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required ${passwords};`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.sasl.oauthbearer.sasl.jaas.config': `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  };
};
