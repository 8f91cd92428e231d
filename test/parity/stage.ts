import type { Database } from '../support/databases.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import type { Told } from './compare-records.ts';
import type { Declared } from './declared.ts';

/** A database that a corpus is played to. */
export interface Stage extends AsyncDisposable {
  readonly database: Pick<Database, 'run' | 'rows'>;
  /** What stands before a table's name in its topic, the prefix left out. */
  readonly path: string;
  /** To be run when the tables are there, before the connectors start. */
  readonly opening: readonly string[];
  /** What connectors get under every configuration. */
  readonly common: ConnectorConfig;
  /** Where the two may differ. */
  readonly declared: readonly Declared[];
  /** Takes out what has no order or meaning in what a system tells. */
  comparable(told: Told): Told;
  /** Settings of a connector. */
  source(name: string, options: ConnectorConfig): ConnectorConfig;
  /** How many connectors read the log now. */
  streaming(): Promise<number>;
}

/** A kind of server; `name` is good for databases, slots and prefixes. */
export type OpenStage = (name: string) => Promise<Stage>;
