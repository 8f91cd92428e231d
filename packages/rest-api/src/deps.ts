import type { Clock, Logger, LogLevel, TlsOptions } from '@headrace/foundation';
import type { ServerInfo, WorkerStatus } from '@headrace/rest-contract';
import type { Credentials } from './security/authentication.ts';
import type { CorsOptions } from './security/cors.ts';
import type { ResponseHeader } from './security/response-headers.ts';
import type { Herder, PluginRegistry, ValidateConnector } from '@headrace/runtime';

/** Which topics a connector has used, where the worker keeps track of it. */
export interface TopicTracking {
  active(connector: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Left out: `topic.tracking.allow.reset` is false. */
  reset?(connector: string, signal: AbortSignal): Promise<void>;
}

export interface LoggerState {
  readonly name: string;
  readonly level: LogLevel;
  /** Milliseconds since the epoch; null: as the worker was started. */
  readonly lastModified: number | null;
}

/** Levels of the loggers of this worker. */
export interface LoggerLevels {
  /** All that are known, sorted by name. */
  list(): readonly LoggerState[];
  /** Sets a logger and those below it; the sorted names of those whose level has changed. */
  set(name: string, level: LogLevel): readonly string[];
  /** Has every worker of the cluster set it, this one too. */
  setInCluster(name: string, level: LogLevel, signal: AbortSignal): Promise<void>;
}

/** Who may reach the REST API, and how. Whatever is left out is off. */
export interface RestSecurity {
  /** HTTPS. `ca`: the authorities that client certificates are checked against. */
  readonly tls?: TlsOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean };
  readonly credentials?: Credentials;
  readonly cors?: CorsOptions;
  /** Of every answer. */
  readonly headers?: readonly ResponseHeader[];
}

/** Which endpoints a server has: `/admin` may have an address of its own, or none. */
export type Endpoints = 'all' | 'without-admin' | 'admin-only';

/** What the REST server needs of its worker. */
export interface RestDeps {
  readonly herder: Herder;
  readonly plugins: PluginRegistry;
  readonly validate: ValidateConnector;
  readonly info: { readonly version: string; readonly commit: string; readonly kafkaClusterId: string };
  readonly log: Logger;
  /** Default: open to everybody, by HTTP. */
  readonly security?: RestSecurity;
  readonly loggers: LoggerLevels;
  /** Default: all. */
  readonly endpoints?: Endpoints;
  /** Asked by `GET /health`; not answered within 10 s the worker is called unhealthy. */
  health(signal: AbortSignal): Promise<WorkerStatus>;
  /** Answer of `GET /metrics`. */
  readonly metrics: { readonly contentType: string; text(): string };
  /** Left out: topic endpoints answer that tracking is disabled. */
  readonly topics?: TopicTracking;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Largest request body in bytes. Default 1.5 MiB less what the store needs: 1,500,000. */
  readonly bodyLimit?: number;
  /** Longest a request may take, in milliseconds. Default 90,000. */
  readonly requestTimeoutMs?: number;
}

export const serverInfoOf = ({ info }: RestDeps): ServerInfo => ({
  version: info.version,
  commit: info.commit,
  kafka_cluster_id: info.kafkaClusterId,
});
