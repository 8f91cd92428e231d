/** GTIDs that are done: what the server must not send again. Each server family has its own form. */
export interface GtidSet {
  readonly isEmpty: boolean;
  /** Adds one, as the family's own text (`uuid:5`, `0-1-5`). */
  add(gtid: string): void;
  /** Takes in what it lacks of another one of its family. */
  addAll(others: GtidSet): void;
  /** Those of some sources: UUIDs on MySQL, domains on MariaDB. */
  only(matches: (source: string) => boolean): GtidSet;
  /** The offset's form: what `parse` reads. */
  toString(): string;
}

/** An inclusive range of transaction numbers. */
interface Interval {
  first: number;
  last: number;
}

/** MySQL: `uuid:1-5:7,uuid:3` and, with tags, `uuid:tag:1-2`. */
export class MysqlGtidSet implements GtidSet {
  /** By `uuid` or `uuid:tag`; intervals ascending and apart from each other. */
  readonly #sources = new Map<string, Interval[]>();

  /** Throws RangeError for text that is no set. */
  static parse(text: string): MysqlGtidSet {
    const set = new MysqlGtidSet();
    for (const part of text.split(',')) {
      const [uuid = '', ...items] = part.trim().toLowerCase().split(':');
      if (uuid === '' && items.length === 0) continue;
      if (!UUID.test(uuid)) throw new RangeError(`"${part.trim()}" is no GTID set of MySQL.`);
      let source = uuid;
      for (const item of items.map((each) => each.trim())) {
        if (TAG.test(item)) source = `${uuid}:${item}`;
        else set.#insert(source, intervalOf(item));
      }
    }
    return set;
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  get hasTags(): boolean {
    return [...this.#sources.keys()].some((source) => source.includes(':'));
  }

  add(gtid: string): void {
    const colon = gtid.lastIndexOf(':');
    const sequence = Number(gtid.slice(colon + 1));
    const source = gtid.slice(0, colon);
    const last = this.#sources.get(source)?.at(-1);
    if (last?.last === sequence - 1) last.last = sequence;
    else this.#insert(source, { first: sequence, last: sequence });
  }

  addAll(others: GtidSet): void {
    if (!(others instanceof MysqlGtidSet)) return;
    for (const [source, intervals] of others.#sources) for (const interval of intervals) this.#insert(source, interval);
  }

  only(matches: (uuid: string) => boolean): MysqlGtidSet {
    const set = new MysqlGtidSet();
    for (const [source, intervals] of this.#sources) {
      if (matches(source.split(':')[0] ?? ''))
        set.#sources.set(
          source,
          intervals.map((interval) => ({ ...interval })),
        );
    }
    return set;
  }

  toString(): string {
    return [...this.#sources].map(([source, intervals]) => `${source}:${intervals.map(intervalText).join(':')}`).join(',');
  }

  /**
   * As COM_BINLOG_DUMP_GTID wants it: number of sources, then UUID, number of intervals, each [first, last + 1). With tags, which
   * servers before 8.3 do not know, the number stands between two marks of the form, and the tag behind each UUID.
   */
  encode(): Buffer {
    const count = BigInt(this.#sources.size);
    const parts = [u64(this.hasTags ? (TAGGED << 56n) | (count << 8n) | TAGGED : count)];
    for (const [source, intervals] of this.#sources) {
      const [uuid = '', tag = ''] = source.split(':');
      parts.push(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
      // A number of MySQL's serialization, of one byte as tags have 32 characters at most.
      if (this.hasTags) parts.push(Buffer.from([tag.length << 1]), Buffer.from(tag, 'latin1'));
      parts.push(u64(BigInt(intervals.length)));
      for (const { first, last } of intervals) parts.push(u64(BigInt(first)), u64(BigInt(last + 1)));
    }
    return Buffer.concat(parts);
  }

  #insert(source: string, added: Interval): void {
    const kept: Interval[] = [];
    const merged = { ...added };
    for (const interval of this.#sources.get(source) ?? []) {
      if (interval.last + 1 < merged.first || interval.first > merged.last + 1) {
        kept.push(interval);
      } else {
        merged.first = Math.min(merged.first, interval.first);
        merged.last = Math.max(merged.last, interval.last);
      }
    }
    kept.push(merged);
    this.#sources.set(
      source,
      kept.sort((left, right) => left.first - right.first),
    );
  }
}

const TAGGED = 1n;

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const INTERVAL = /^(\d+)(?:-(\d+))?$/;

const intervalOf = (text: string): Interval => {
  const match = INTERVAL.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 1 || last < first) {
    throw new RangeError(`"${text}" is no interval of a GTID set.`);
  }
  return { first, last };
};

const intervalText = ({ first, last }: Interval): string => (first === last ? String(first) : `${String(first)}-${String(last)}`);

/** MariaDB: the last GTID of each domain, `0-1-5,1-3-9`. */
export class MariadbGtidSet implements GtidSet {
  readonly #domains = new Map<string, string>();

  /** Where a domain is named twice, the higher number counts. Throws RangeError for text that is no position. */
  static parse(text: string): MariadbGtidSet {
    const set = new MariadbGtidSet();
    for (const gtid of text.split(',').map((part) => part.trim())) {
      if (gtid === '') continue;
      if (!MARIADB_GTID.test(gtid)) throw new RangeError(`"${gtid}" is no GTID of MariaDB.`);
      const known = set.#domains.get(domainOf(gtid));
      if (known === undefined || sequenceOf(known) < sequenceOf(gtid)) set.add(gtid);
    }
    return set;
  }

  get isEmpty(): boolean {
    return this.#domains.size === 0;
  }

  add(gtid: string): void {
    this.#domains.set(domainOf(gtid), gtid);
  }

  /** Of domains that both have, the higher number counts. */
  addAll(others: GtidSet): void {
    if (!(others instanceof MariadbGtidSet)) return;
    for (const [domain, gtid] of others.#domains) {
      const known = this.#domains.get(domain);
      if (known === undefined || sequenceOf(known) < sequenceOf(gtid)) this.#domains.set(domain, gtid);
    }
  }

  only(matches: (domain: string) => boolean): MariadbGtidSet {
    const set = new MariadbGtidSet();
    for (const [domain, gtid] of this.#domains) if (matches(domain)) set.#domains.set(domain, gtid);
    return set;
  }

  /** GTIDs of domains that both have, and that `other` has not reached. */
  aheadOf(other: MariadbGtidSet): readonly string[] {
    return [...this.#domains].flatMap(([domain, gtid]) => {
      const reached = other.#domains.get(domain);
      return reached !== undefined && sequenceOf(reached) < sequenceOf(gtid) ? [gtid] : [];
    });
  }

  toString(): string {
    return [...this.#domains.values()].join(',');
  }
}

const MARIADB_GTID = /^\d+-\d+-\d+$/;
const domainOf = (gtid: string): string => gtid.slice(0, gtid.indexOf('-'));
const sequenceOf = (gtid: string): bigint => BigInt(gtid.slice(gtid.lastIndexOf('-') + 1));

/** Whose a GTID is: the UUID on MySQL, the domain on MariaDB. */
export const gtidSource = (gtid: string): string => (gtid.includes(':') ? gtid.slice(0, gtid.indexOf(':')) : domainOf(gtid));
