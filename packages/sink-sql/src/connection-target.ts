import type { Secret } from '@headrace/foundation';

export type TlsMode = 'off' | 'prefer' | 'require' | 'verify';

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
