import type { DeliveredSignal } from '@headrace/connector-api';
import type { Snapshot, StoredEntry } from '@headrace/ports';
import type { Keyspace, LiveKey } from './keyspace.ts';
import { unitPath, type Unit } from './unit.ts';
import {
  codecs,
  type AssignmentValue,
  type ConfigValue,
  type DrainValue,
  type FenceValue,
  type GenerationValue,
  type LeaderValue,
  type MemberValue,
  type OwnerValue,
  type RestartValue,
  type TaskValue,
  type TopicsValue,
} from './values.ts';
import type { TargetState } from '../../herder/herder.ts';

/** A stored value with the revisions that transactions compare. */
export type Stored<T> = T & { readonly createRevision: bigint; readonly modRevision: bigint };

/** The cluster at one revision of the store, typed. Immutable: a change makes a new one. */
export interface ClusterModel {
  readonly revision: bigint;
  readonly incarnation: number;
  readonly leader: Stored<LeaderValue> | undefined;
  readonly members: ReadonlyMap<string, Stored<MemberValue>>;
  /** By worker; see `isDraining`. */
  readonly drains: ReadonlyMap<string, Stored<DrainValue>>;
  /** Only connectors that have a configuration. */
  readonly connectors: ReadonlyMap<string, ConnectorModel>;
  /** Worker by unit path. */
  readonly assignment: ReadonlyMap<string, AssignedUnit>;
  /** Bytes per second by unit path, as published; tasks that are not there move next to nothing. */
  readonly loads: ReadonlyMap<string, number>;
  /** Owner by unit path. */
  readonly owners: ReadonlyMap<string, Stored<OwnerValue> & { readonly unit: Unit }>;
  readonly fences: ReadonlyMap<string, Stored<FenceValue>>;
  /** Stored tasks of any generation, by connector. */
  readonly generations: ReadonlyMap<string, ReadonlySet<number>>;
}

export type AssignedUnit = Stored<AssignmentValue> & { readonly unit: Unit };

export interface ConnectorModel {
  readonly name: string;
  readonly config: Stored<ConfigValue>;
  readonly target: TargetState;
  readonly generation: Stored<GenerationValue> | undefined;
  readonly restart: Stored<RestartValue>;
  /** Topics its tasks have used. */
  readonly topics: Stored<TopicsValue>;
  /** Not carried out yet, in the order of their coming. */
  readonly signals: readonly DeliveredSignal[];
  /** Tasks of the generation that counts, by number. */
  readonly tasks: ReadonlyMap<number, TaskValue>;
}

const NO_RESTARTS: Stored<RestartValue> = { connector: 0, tasks: {}, createRevision: 0n, modRevision: 0n };
const NO_TOPICS: Stored<TopicsValue> = { topics: {}, createRevision: 0n, modRevision: 0n };

interface ConnectorDraft {
  config?: Stored<ConfigValue>;
  target?: TargetState;
  generation?: Stored<GenerationValue>;
  restart?: Stored<RestartValue>;
  topics?: Stored<TopicsValue>;
  readonly signals: { readonly revision: bigint; readonly signal: DeliveredSignal }[];
  readonly tasks: Map<number, Map<number, TaskValue>>;
}

interface Draft {
  incarnation: number;
  leader: Stored<LeaderValue> | undefined;
  readonly members: Map<string, Stored<MemberValue>>;
  readonly drains: Map<string, Stored<DrainValue>>;
  readonly connectors: Map<string, ConnectorDraft>;
  readonly assignment: Map<string, AssignedUnit>;
  readonly loads: Map<string, number>;
  readonly owners: Map<string, Stored<OwnerValue> & { readonly unit: Unit }>;
  readonly fences: Map<string, Stored<FenceValue>>;
}

/** It gets nothing and gives away what it has: it leaves, or an operator wants it so. */
export const isDraining = ({ members, drains }: ClusterModel, workerId: string): boolean => {
  const member = members.get(workerId);
  if (member === undefined) return false;
  return member.isDraining || drains.get(workerId)?.memberRevision === String(member.createRevision);
};

/** Reads a snapshot of the keys under `live`. Pure, but for remembering what an entry decodes to. */
export const readModel = (keys: Keyspace, snapshot: Snapshot): ClusterModel => {
  const draft: Draft = {
    incarnation: 1,
    leader: undefined,
    members: new Map(),
    drains: new Map(),
    connectors: new Map(),
    assignment: new Map(),
    loads: new Map(),
    owners: new Map(),
    fences: new Map(),
  };
  for (const entry of snapshot.entries) {
    const key = keyOf(keys, entry);
    if (key !== undefined) place(draft, key, entry);
  }
  return {
    ...draft,
    revision: snapshot.revision,
    connectors: new Map([...draft.connectors].flatMap(([name, connector]) => finished(name, connector))),
    generations: new Map([...draft.connectors].map(([name, connector]) => [name, new Set(connector.tasks.keys())])),
  };
};

const place = (draft: Draft, key: LiveKey, entry: StoredEntry): void => {
  switch (key.kind) {
    case 'incarnation':
      draft.incarnation = stored(codecs.incarnation, entry).incarnation;
      return;
    case 'leader':
      draft.leader = stored(codecs.leader, entry);
      return;
    case 'member':
      draft.members.set(key.workerId, stored(codecs.member, entry));
      return;
    case 'drain':
      draft.drains.set(key.workerId, stored(codecs.drain, entry));
      return;
    case 'assignment':
      draft.assignment.set(unitPath(key.unit), { ...stored(codecs.assignment, entry), unit: key.unit });
      return;
    case 'owner':
      draft.owners.set(unitPath(key.unit), { ...stored(codecs.owner, entry), unit: key.unit });
      return;
    case 'load':
      draft.loads.set(unitPath(key.unit), stored(codecs.load, entry).bytesPerSecond);
      return;
    case 'fence':
      draft.fences.set(key.name, stored(codecs.fence, entry));
      return;
    default:
      placeInConnector(connectorOf(draft, key.name), key, entry);
  }
};

const connectorOf = (draft: Draft, name: string): ConnectorDraft => {
  const connector = draft.connectors.get(name) ?? { signals: [], tasks: new Map<number, Map<number, TaskValue>>() };
  draft.connectors.set(name, connector);
  return connector;
};

type ConnectorKey = Extract<LiveKey, { readonly kind: 'config' | 'target' | 'generation' | 'restart' | 'topics' | 'signal' | 'task' }>;

const placeInConnector = (connector: ConnectorDraft, key: ConnectorKey, entry: StoredEntry): void => {
  switch (key.kind) {
    case 'config':
      connector.config = stored(codecs.config, entry);
      return;
    case 'target':
      connector.target = stored(codecs.target, entry).state;
      return;
    case 'generation':
      connector.generation = stored(codecs.generation, entry);
      return;
    case 'restart':
      connector.restart = stored(codecs.restart, entry);
      return;
    case 'topics':
      connector.topics = stored(codecs.topics, entry);
      return;
    case 'signal': {
      const { type, data, createRevision } = stored(codecs.signal, entry);
      const signal = { id: key.id, type, data, token: `${String(createRevision)} ${key.id}` };
      connector.signals.push({ revision: createRevision, signal });
      return;
    }
    case 'task': {
      const tasks = connector.tasks.get(key.generation) ?? new Map<number, TaskValue>();
      connector.tasks.set(key.generation, tasks.set(key.task, stored(codecs.task, entry)));
    }
  }
};

const finished = (name: string, draft: ConnectorDraft): readonly (readonly [string, ConnectorModel])[] => {
  const { config, target = 'STARTED', generation, restart = NO_RESTARTS, topics = NO_TOPICS } = draft;
  if (config === undefined) return [];
  const tasks = (generation === undefined ? undefined : draft.tasks.get(generation.generation)) ?? new Map<number, TaskValue>();
  const signals = draft.signals.toSorted((a, b) => Number(a.revision - b.revision)).map(({ signal }) => signal);
  return [[name, { name, config, target, generation, restart, topics, signals, tasks }]];
};

/** Entries are immutable, so what one's key and value mean is kept as long as the entry itself. */
const parsed = new WeakMap<StoredEntry, LiveKey | undefined>();
const decoded = new WeakMap<StoredEntry, object>();

const keyOf = (keys: Keyspace, entry: StoredEntry): LiveKey | undefined => {
  if (!parsed.has(entry)) parsed.set(entry, keys.parse(entry.key));
  return parsed.get(entry);
};

const stored = <T extends object>(codec: { decode(entry: StoredEntry): T }, entry: StoredEntry): Stored<T> => {
  const known = decoded.get(entry);
  if (known !== undefined) return known as Stored<T>;
  const value = { ...codec.decode(entry), createRevision: entry.createRevision, modRevision: entry.modRevision };
  decoded.set(entry, value);
  return value;
};
