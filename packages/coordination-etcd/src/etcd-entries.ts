import type { Change, ChangeSet, Comparison, Operation, StoredEntry } from '@headrace/ports';
import type { ICompare, IEvent, IKeyValue, IRequestOp } from 'etcd3';

/** The end of the range of all keys with that prefix: the prefix with its last byte that can grow raised by one. */
export const rangeEnd = (prefix: string): Buffer => {
  const end = Buffer.from(prefix);
  for (let index = end.length - 1; index >= 0; index -= 1) {
    const byte = end[index] ?? 0xff;
    if (byte === 0xff) continue;
    end[index] = byte + 1;
    return end.subarray(0, index + 1);
  }
  return Buffer.from([0]);
};

export const entryOf = (kv: IKeyValue): StoredEntry => ({
  key: kv.key.toString(),
  value: kv.value.toString(),
  createRevision: BigInt(kv.create_revision),
  modRevision: BigInt(kv.mod_revision),
});

export const compareOf = (comparison: Comparison): ICompare => {
  const equal = { key: Buffer.from(comparison.key), result: 'Equal' } as const;
  // A key that does not exist has creation revision 0.
  if ('exists' in comparison) return { ...equal, target: 'Create', result: comparison.exists ? 'NotEqual' : 'Equal', create_revision: 0 };
  if ('modRevision' in comparison) return { ...equal, target: 'Mod', mod_revision: String(comparison.modRevision) };
  if ('createRevision' in comparison) return { ...equal, target: 'Create', create_revision: String(comparison.createRevision) };
  return { ...equal, target: 'Value', value: Buffer.from(comparison.value) };
};

export const requestOf = (operation: Operation): IRequestOp => {
  if ('put' in operation) {
    const lease = operation.leaseId === undefined ? {} : { lease: operation.leaseId };
    return { request_put: { key: Buffer.from(operation.put), value: Buffer.from(operation.value), ...lease } };
  }
  if ('delete' in operation) return { request_delete_range: { key: Buffer.from(operation.delete) } };
  return { request_delete_range: { key: Buffer.from(operation.deletePrefix), range_end: rangeEnd(operation.deletePrefix) } };
};

/** A response may hold several revisions: one change set each, in order. */
export const changeSetsOf = (events: readonly IEvent[]): readonly ChangeSet[] => {
  const byRevision = new Map<string, Change[]>();
  for (const event of events) {
    const changes = byRevision.get(event.kv.mod_revision) ?? [];
    byRevision.set(event.kv.mod_revision, changes);
    changes.push({ key: event.kv.key.toString(), entry: event.type === 'Put' ? entryOf(event.kv) : undefined });
  }
  return [...byRevision].map(([revision, changes]) => ({ revision: BigInt(revision), changes }));
};
