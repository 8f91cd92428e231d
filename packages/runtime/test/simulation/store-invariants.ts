import type { StoredEntry } from '@headrace/ports';
import { createKeyspace, type Keyspace } from '../../src/cluster/store/keyspace.ts';
import type { Unit } from '../../src/cluster/store/unit.ts';
import type { TransactionObserver } from './simulated-etcd.ts';

type Entries = ReadonlyMap<string, StoredEntry>;
type Json = Readonly<Record<string, unknown>>;

/**
 * Judges every transaction of the workers at the moment at which it is applied, from the entries alone. What is written
 * here is the protocol's contract, said a second time: the comparisons of the product must imply it.
 */
export class StoreInvariants {
  readonly violations: string[] = [];
  /** Highest epoch that was ever given out, by owner key. */
  readonly #epochs = new Map<string, bigint>();
  readonly #keys: Keyspace;
  readonly #root: string;

  constructor(clusterId: string) {
    this.#keys = createKeyspace(clusterId);
    this.#root = this.#keys.live.replace(/live\/$/, '');
  }

  readonly observe: TransactionObserver = (transaction, { entries, workerId }) => {
    for (const operation of transaction.then) {
      if ('put' in operation) this.#put({ entries, workerId, key: operation.put, value: operation.value });
      else if ('delete' in operation) this.#delete({ entries, workerId, key: operation.delete });
    }
  };

  /** Epochs are revisions: what a history of entries shows of them. */
  noteOwners(entries: Entries): void {
    for (const [key, { modRevision, createRevision }] of entries) {
      if (this.#keys.parse(key)?.kind !== 'owner' || !key.startsWith(this.#keys.live)) continue;
      const before = this.#epochs.get(key) ?? 0n;
      if (modRevision < before) this.#report(`I3: the epoch of ${key} went back from ${String(before)} to ${String(modRevision)}`);
      if (modRevision !== createRevision) this.#report(`I3: ${key} was taken while it was owned`);
      this.#epochs.set(key, modRevision);
    }
  }

  #put(write: Write): void {
    const { key } = write;
    if (key.startsWith(this.#keys.statuses)) {
      this.#statusWritten(write);
      return;
    }
    if (!key.startsWith(this.#keys.live)) return;
    const parsed = this.#keys.parse(key);
    if (parsed?.kind === 'owner') this.#acquired(write, parsed.unit);
    if (parsed?.kind === 'load') this.#loadPublished(write, parsed.unit);
    if (parsed?.kind === 'assignment') this.#mustLead(write, 'assigned');
    if (parsed?.kind === 'leader' && write.entries.has(key)) this.#report(`S4: ${write.workerId} took the lead while it was held`);
  }

  #delete(write: Omit<Write, 'value'>): void {
    if (!write.key.startsWith(this.#keys.live) || !write.entries.has(write.key)) return;
    const parsed = this.#keys.parse(write.key);
    if (parsed?.kind === 'assignment' || parsed?.kind === 'fence') this.#mustLead(write, 'deleted');
    const owner = parsed?.kind === 'owner' ? decoded(write.entries, write.key) : undefined;
    if (owner !== undefined && owner['workerId'] !== write.workerId) {
      this.#report(`I3: ${write.workerId} gave back ${write.key}, which ${String(owner['workerId'])} owns`);
    }
  }

  /** S2, S3, I9: by whom, from whom and with which tasks a unit may be taken. */
  #acquired({ entries, key, workerId, value }: Write, unit: Unit): void {
    const { connector, task } = unit;
    const what = `${workerId} took ${connector}/${String(task)}`;
    if (entries.has(key)) this.#report(`I3: ${what}, which is owned`);
    if (decoded(entries, this.#keys.assignment(unit))?.['workerId'] !== workerId) this.#report(`S2: ${what}, which is not assigned to it`);
    if (!entries.has(this.#keys.config(connector))) this.#report(`I9: ${what}, whose connector is deleted`);
    const member = entries.get(this.#keys.member(workerId));
    if (member === undefined) this.#report(`S2: ${what}, though it is no member`);
    if ((JSON.parse(value) as Json)['workerId'] !== workerId) this.#report(`S2: ${what} for another`);
    if (task === null) return;
    if (entries.has(this.#keys.fence(connector))) this.#report(`I9: ${what}, whose former tasks are not fenced`);
    const taskCount = Number(decoded(entries, this.#keys.generation(connector))?.['taskCount'] ?? 0);
    if (task >= taskCount) this.#report(`I9: ${what}, which the generation that counts does not have`);
  }

  /** I2: nobody speaks for a unit but its owner. */
  #statusWritten({ entries, key, workerId, value }: Write): void {
    const unit = this.#keys.parseStatus(key);
    const owner = entries.get(this.#keys.owner(unit));
    const status = JSON.parse(value) as Json;
    if (owner === undefined || String(owner.modRevision) !== status['epoch']) {
      this.#report(`I2: ${workerId} wrote the status of ${unit.connector}/${String(unit.task)} without owning it`);
    }
  }

  /** I2: nor measures it. */
  #loadPublished({ entries, workerId }: Write, unit: Unit): void {
    if (decoded(entries, this.#keys.owner(unit))?.['workerId'] === workerId) return;
    this.#report(`I2: ${workerId} published the load of ${unit.connector}/${String(unit.task)} without owning it`);
  }

  #mustLead({ entries, key, workerId }: Omit<Write, 'value'>, verb: string): void {
    const leader = decoded(entries, this.#keys.leader)?.['workerId'];
    if (leader !== workerId) this.#report(`S4: ${workerId} ${verb} ${key.slice(this.#root.length)}, but ${String(leader)} leads`);
  }

  #report(violation: string): void {
    this.violations.push(violation);
  }
}

interface Write {
  readonly entries: Entries;
  readonly workerId: string;
  readonly key: string;
  readonly value: string;
}

const decoded = (entries: Entries, key: string): Json | undefined => {
  const entry = entries.get(key);
  return entry === undefined ? undefined : (JSON.parse(entry.value) as Json);
};
