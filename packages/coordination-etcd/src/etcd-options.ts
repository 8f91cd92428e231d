import type { Clock, Secret } from '@headrace/foundation';

export interface EtcdOptions {
  /** `http://host:port` or `https://host:port`, all of one kind. */
  readonly endpoints: readonly string[];
  readonly clock: Clock;
  /** Deadline of every single call. Default 5,000 ms. */
  readonly callTimeoutMs?: number;
  /** PEM. Without it, https endpoints are checked against the system's roots. */
  readonly tls?: { readonly ca?: Buffer; readonly key?: Buffer; readonly certificate?: Buffer };
  readonly auth?: { readonly username: string; readonly password: Secret };
}

export const DEFAULT_CALL_TIMEOUT_MS = 5_000;
