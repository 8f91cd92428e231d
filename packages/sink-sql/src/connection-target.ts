import type { Secret } from '@headrace/foundation';

/** `prefer`: where the server offers it. `verify-ca`: any host's certificate of a known authority; `verify-full`: this host's. */
export type TlsMode = 'off' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** Where and as whom to connect: a connection URL, understood. */
export interface ConnectionTarget {
  readonly dialect: 'postgres' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: TlsMode;
  /** PostgreSQL: schema of tables named without one; undefined: the server's search path decides. */
  readonly schema: string | undefined;
}
