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
    ['WORKER', 'LEADER', 'OWNS', 'STARTED', 'REST'],
    members.map((member) => [
      member.worker_id,
      member.worker_id === leader ? 'yes' : '',
      String(owners.filter((owner) => owner.worker_id === member.worker_id).length),
      new Date(member.started_at).toISOString(),
      member.rest_url,
    ]),
  );

const ownersTable = ({ owners }: ClusterInfo): string =>
  formatTable(
    ['CONNECTOR', 'TASK', 'WORKER', 'EPOCH'],
    owners.map((owner) => [owner.connector, owner.task === null ? '-' : String(owner.task), owner.worker_id, owner.epoch]),
  );

export const clusterCommands: readonly Command[] = [
  view('cluster members', 'Live workers, the leader among them', ({ leader, members }) => ({ leader, members }), membersTable),
  view('cluster owners', 'Which worker owns which connector and task', ({ owners }) => owners, ownersTable),
];
