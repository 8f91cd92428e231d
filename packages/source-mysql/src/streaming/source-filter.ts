import { includeExclude, type Matcher } from '@headrace/cdc';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlConfig } from '../config.ts';

/** Whose transactions count, by gtid.source.includes and gtid.source.excludes: UUIDs of MySQL, domains of MariaDB. */
export class SourceFilter {
  readonly #matches: Matcher;
  /** Rows of all others are given out as well. */
  readonly keepsRows: boolean;

  constructor(config: MysqlConfig) {
    this.#matches = includeExclude(config['gtid.source.includes'], config['gtid.source.excludes']);
    this.keepsRows = !config['gtid.source.filter.dml.events'];
  }

  /** Those that the server must have, or still have. */
  counted<S extends GtidSet>(gtids: S): S {
    return gtids.only(this.#matches) as S;
  }

  /** Those that are done with, whether they were captured or not. */
  others<S extends GtidSet>(gtids: S): S {
    return gtids.only((source) => !this.#matches(source)) as S;
  }

  /** Whether the rows of a transaction are passed over; null: it has no GTID, and counts. */
  passesOver(source: string | null): boolean {
    return source !== null && !this.keepsRows && !this.#matches(source);
  }
}
