import type { ClusterInfo } from '@headrace/rest-contract';
import { printJson, type Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

const view = (
  name: string,
  summary: string,
  partOf: (cluster: ClusterInfo) => unknown,
  table: (cluster: ClusterInfo) => string,
): Command => ({
  name,
  usage: '',
  summary,
  arity: [0, 0],
  run: async (context) => {
    const cluster = await context.client.get<ClusterInfo>('/cluster');
    if (context.isJson) printJson(context, partOf(cluster));
    else context.print(table(cluster));
    return exitCodes.done;
  },
});

const membersTable = ({ leader, members, owners }: ClusterInfo): string =>
  formatTable(
    ['WORKER', 'LEADER', 'OWNS', 'STARTED', 'LABELS', 'STATE', 'REST'],
    members.map((member) => [
      member.worker_id,
      member.worker_id === leader ? 'yes' : '',
      String(owners.filter((owner) => owner.worker_id === member.worker_id).length),
      new Date(member.started_at).toISOString(),
      Object.entries(member.labels)
        .map((label) => label.join('='))
        .join(','),
      member.is_draining ? 'draining' : '',
      member.rest_url,
    ]),
  );

const taskText = (task: number | null): string => (task === null ? '-' : String(task));

const ownersTable = ({ owners }: ClusterInfo): string =>
  formatTable(
    ['CONNECTOR', 'TASK', 'WORKER', 'EPOCH', 'SINCE', 'WEIGHT', 'MIB/S'],
    owners.map((owner) => [
      owner.connector,
      taskText(owner.task),
      owner.worker_id,
      owner.epoch,
      owner.since === null ? '' : new Date(owner.since).toISOString(),
      String(owner.weight),
      String(owner.bytes_per_second / 1_048_576),
    ]),
  );

const movesTable = ({ moves }: ClusterInfo): string =>
  formatTable(
    ['AT', 'CONNECTOR', 'TASK', 'FROM', 'TO', 'REASON'],
    moves.map((move) => [new Date(move.at).toISOString(), move.connector, taskText(move.task), move.from ?? '-', move.to, move.reason]),
  );

const drainPath = (worker: string): string => `/cluster/workers/${encodeURIComponent(worker)}/drain`;

const drain: Command = {
  name: 'drain',
  usage: 'WORKER [--undo]',
  summary: 'Have a worker give its tasks away, before it is upgraded; ends when it is restarted, or with --undo',
  options: { undo: { type: 'boolean' } },
  arity: [1, 1],
  run: async ({ args: [worker = ''], client, flags, isJson, print }) => {
    const isUndone = flags['undo'] === true;
    await client.send(isUndone ? 'DELETE' : 'PUT', drainPath(worker));
    if (!isJson) print(isUndone ? `Worker ${worker} gets tasks again.` : `Worker ${worker} gives its tasks away.`);
    return exitCodes.done;
  },
};

const reattach: Command = {
  name: 'cluster reattach',
  usage: '',
  summary: 'After etcd was restored from a backup: let workers take tasks again, under epochs that were never used',
  arity: [0, 0],
  run: async (context) => {
    const { body } = await context.client.send('POST', '/cluster/reattach');
    if (context.isJson) printJson(context, body ?? null);
    else context.print('The incarnation of the cluster is raised.');
    return exitCodes.done;
  },
};

export const clusterCommands: readonly Command[] = [
  view('cluster members', 'Live workers, the leader among them', ({ leader, members }) => ({ leader, members }), membersTable),
  view('cluster owners', 'Which worker owns which connector and task, since when, and what it moves', ({ owners }) => owners, ownersTable),
  view('cluster moves', 'The last 100 changes of the assignment, and why', ({ moves }) => moves, movesTable),
  reattach,
  drain,
];
