import type { Secret } from '@headrace/foundation';

/** `prefer`: where the server offers it. `verify-ca`: any host's certificate of a known authority; `verify-full`: this host's. */
export type TlsMode = 'off' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** A server. */
export interface TargetHost {
  readonly host: string;
  readonly port: number;
}

/** Where and as whom to connect: a connection URL, understood. */
export interface ConnectionTarget extends TargetHost {
  readonly dialect: 'postgres' | 'mysql';
  /** Servers that may be the one that takes writes when the first does not; in the order in which they are asked. */
  readonly others: readonly TargetHost[];
  readonly database: string;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: TlsMode;
  /** PostgreSQL: schema of tables named without one; undefined: the server's search path decides. */
  readonly schema: string | undefined;
}

/**
 * What all who connect to the same servers call them, without credentials: what is away is a server, for every database and user of it
 * and, where there are several, only all of them.
 */
export const serverNames = ({ others, ...first }: Pick<ConnectionTarget, keyof TargetHost | 'others'>): string =>
  [first, ...others].map(({ host, port }) => `${host}:${String(port)}`).join();
