import { parseUnitPath, taskOfName, unitName, unitPath, type Unit } from './unit.ts';

/**
 * Every key of a cluster, in one place.
 *
 *     /headrace/<cluster>/
 *       live/                                  what every worker keeps a replica of
 *         incarnation                          raised when a restored etcd is attached again
 *         leader                       leased  its create revision is the term
 *         members/<worker>             leased
 *         drains/<worker>              an operator wants it to give its units away
 *         connectors/<name>/config
 *         connectors/<name>/target             STARTED, PAUSED or STOPPED
 *         connectors/<name>/generation         points to the tasks that count
 *         connectors/<name>/tasks/<generation>/<n>
 *         connectors/<name>/restart            tokens: a higher one asks for a restart
 *         connectors/<name>/topics               that its tasks have used
 *         connectors/<name>/signals/<id>         of operators, until they are carried out
 *         connectors/<name>/fence              transactional ids to be taken away before new tasks may run
 *         connectors/<name>/assignment/<connector|n>      written by the leader alone
 *         connectors/<name>/owners/<connector|n>  leased  its mod revision is the epoch
 *         connectors/<name>/loads/<n>            what the task moves, as its owners have measured
 *       status/<name>/<connector|n>            outlives leases
 *       notices/<name>                         the last notifications for operators
 *       history/<name>/<version>               earlier configurations
 *       reach/<name>/<n>                       topics that a task may have written to with plain batches
 *       moves                                  the last changes of the assignment
 *       loggers/<logger>                       levels set for every worker; only news of them count
 */
export interface Keyspace {
  readonly live: string;
  readonly incarnation: string;
  readonly leader: string;
  readonly connectors: string;
  readonly statuses: string;
  readonly moves: string;
  reach(unit: Unit): string;
  reachOf(name: string): string;
  member(workerId: string): string;
  drain(workerId: string): string;
  /** Everything of a connector that is live, at one revision when listed. */
  connector(name: string): string;
  config(name: string): string;
  target(name: string): string;
  generation(name: string): string;
  restart(name: string): string;
  allTasks(name: string): string;
  tasks(name: string, generation: number): string;
  task(name: string, generation: number, task: number): string;
  assignment(unit: Unit): string;
  owner(unit: Unit): string;
  load(unit: Unit): string;
  loads(name: string): string;
  fence(name: string): string;
  topics(name: string): string;
  signal(name: string, id: string): string;
  signals(name: string): string;
  notices(name: string): string;
  status(unit: Unit): string;
  statusesOf(name: string): string;
  history(name: string): string;
  readonly loggers: string;
  logger(name: string): string;
  /** The logger of a key under `loggers`. */
  parseLogger(key: string): string;
  version(name: string, version: number): string;
  /** What a key under `live` is; undefined for one that a newer version writes. */
  parse(key: string): LiveKey | undefined;
  /** The unit of a status key. */
  parseStatus(key: string): Unit;
}

export type LiveKey =
  | { readonly kind: 'incarnation' | 'leader' }
  | { readonly kind: 'member' | 'drain'; readonly workerId: string }
  | { readonly kind: 'fence'; readonly name: string }
  | { readonly kind: 'config' | 'target' | 'generation' | 'restart' | 'topics'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string; readonly id: string }
  | { readonly kind: 'task'; readonly name: string; readonly generation: number; readonly task: number }
  | { readonly kind: 'assignment' | 'owner' | 'load'; readonly unit: Unit };

/** Versions sort as text for as long as there are fewer than 10^10 of them. */
const VERSION_DIGITS = 10;

export const createKeyspace = (clusterId: string): Keyspace => {
  const root = `/headrace/${encodeURIComponent(clusterId)}/`;
  const live = `${root}live/`;
  const connector = (name: string): string => `${live}connectors/${encodeURIComponent(name)}/`;
  const allTasks = (name: string): string => `${connector(name)}tasks/`;
  const tasks = (name: string, generation: number): string => `${allTasks(name)}${String(generation)}/`;
  const history = (name: string): string => `${root}history/${encodeURIComponent(name)}/`;
  return {
    live,
    incarnation: `${live}incarnation`,
    leader: `${live}leader`,
    connectors: `${live}connectors/`,
    statuses: `${root}status/`,
    moves: `${root}moves`,
    reach: (unit) => `${root}reach/${unitPath(unit)}`,
    reachOf: (name) => `${root}reach/${encodeURIComponent(name)}/`,
    drain: (workerId) => `${live}drains/${encodeURIComponent(workerId)}`,
    member: (workerId) => `${live}members/${encodeURIComponent(workerId)}`,
    connector,
    config: (name) => `${connector(name)}config`,
    target: (name) => `${connector(name)}target`,
    generation: (name) => `${connector(name)}generation`,
    restart: (name) => `${connector(name)}restart`,
    allTasks,
    tasks,
    task: (name, generation, task) => `${tasks(name, generation)}${String(task)}`,
    assignment: (unit) => `${connector(unit.connector)}assignment/${unitName(unit)}`,
    owner: (unit) => `${connector(unit.connector)}owners/${unitName(unit)}`,
    load: (unit) => `${connector(unit.connector)}loads/${unitName(unit)}`,
    loads: (name) => `${connector(name)}loads/`,
    fence: (name) => `${connector(name)}fence`,
    topics: (name) => `${connector(name)}topics`,
    signal: (name, id) => `${connector(name)}signals/${encodeURIComponent(id)}`,
    signals: (name) => `${connector(name)}signals/`,
    notices: (name) => `${root}notices/${encodeURIComponent(name)}`,
    status: (unit) => `${root}status/${unitPath(unit)}`,
    statusesOf: (name) => `${root}status/${encodeURIComponent(name)}/`,
    history,
    loggers: `${root}loggers/`,
    logger: (name) => `${root}loggers/${encodeURIComponent(name)}`,
    parseLogger: (key) => decodeURIComponent(key.slice(`${root}loggers/`.length)),
    version: (name, version) => `${history(name)}${String(version).padStart(VERSION_DIGITS, '0')}`,
    parse: (key) => parseLive(key.slice(live.length)),
    parseStatus: (key) => parseUnitPath(key.slice(root.length + 'status/'.length)),
  };
};

const parseLive = (path: string): LiveKey | undefined => {
  if (path === 'incarnation' || path === 'leader') return { kind: path };
  const [home, encoded = '', kind = '', ...rest] = path.split('/');
  const name = decodeURIComponent(encoded);
  if (home === 'members') return { kind: 'member', workerId: name };
  if (home === 'drains') return { kind: 'drain', workerId: name };
  return home === 'connectors' ? parseConnectorKey(name, kind, rest) : undefined;
};

const parseConnectorKey = (name: string, kind: string, [first = '', second = '']: readonly string[]): LiveKey | undefined => {
  if (isPlain(kind)) return { kind, name };
  switch (kind) {
    case 'signals':
      return { kind: 'signal', name, id: decodeURIComponent(first) };
    case 'tasks':
      return { kind: 'task', name, generation: Number(first), task: Number(second) };
    case 'assignment':
      return { kind: 'assignment', unit: { connector: name, task: taskOfName(first) } };
    case 'owners':
      return { kind: 'owner', unit: { connector: name, task: taskOfName(first) } };
    case 'loads':
      return { kind: 'load', unit: { connector: name, task: taskOfName(first) } };
    default:
      return undefined;
  }
};

const plainKinds = ['config', 'target', 'generation', 'restart', 'topics', 'fence'] as const;

/** One key of its kind per connector. */
const isPlain = (kind: string): kind is (typeof plainKinds)[number] => (plainKinds as readonly string[]).includes(kind);
