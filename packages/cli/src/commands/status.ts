import { systemClock } from '@headrace/foundation';
import type { ConnectorStateInfo, TaskState, UnitState } from '@headrace/rest-contract';
import { CliError, failure, usageError } from '../cli-error.ts';
import { connectorPath, printJson, textFlag, type Command, type CommandContext } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

const WAITABLE: readonly UnitState[] = ['RUNNING', 'PAUSED', 'STOPPED', 'FAILED'];
const POLL_MS = 250;

export const statusCommand: Command = {
  name: 'connectors status',
  usage: 'NAME [--wait STATE] [--timeout 30s]',
  summary: 'State of a connector and its tasks; waits until all of them are in a state',
  options: { wait: { type: 'string' }, timeout: { type: 'string' } },
  arity: [1, 1],
  run: async (context) => {
    const [name = ''] = context.args;
    const wanted = wantedState(context);
    const status =
      wanted === undefined
        ? await context.client.get<ConnectorStateInfo>(connectorPath(name, '/status'))
        : await waitFor(context, name, wanted);
    if (context.isJson) printJson(context, status);
    else context.print(statusTable(status));
    return exitCodes.done;
  },
};

const wantedState = (context: CommandContext): UnitState | undefined => {
  const text = textFlag(context, 'wait');
  if (text === undefined) return undefined;
  const state = WAITABLE.find((known) => known === text.toUpperCase());
  if (state === undefined) throw usageError(`--wait takes one of ${WAITABLE.join(', ')}, not "${text}".`);
  return state;
};

/** Polls; a connector that was just created has no status for a moment. What failed does not start running by itself. */
const waitFor = async (context: CommandContext, name: string, wanted: UnitState): Promise<ConnectorStateInfo> => {
  const timeout = textFlag(context, 'timeout') ?? '30s';
  const deadline = systemClock.monotonic() + parseDuration(timeout);
  const never = new AbortController().signal;
  for (;;) {
    const status = await context.client.find<ConnectorStateInfo>(connectorPath(name, '/status'));
    if (status !== undefined) {
      if (hasReached(status, wanted)) return status;
      const failed = wanted === 'FAILED' ? undefined : firstFailure(status);
      if (failed !== undefined) throw failure(failed);
    }
    if (systemClock.monotonic() >= deadline) {
      const now = status === undefined ? 'has no status' : `is ${summaryOf(status)}`;
      throw new CliError(exitCodes.timedOut, `Connector ${name} did not become ${wanted} within ${timeout}: it ${now}.`);
    }
    await systemClock.sleep(POLL_MS, never);
  }
};

/** RUNNING and PAUSED: with at least one task, all of them. STOPPED: without any left. FAILED: anything. */
const hasReached = ({ connector, tasks }: ConnectorStateInfo, wanted: UnitState): boolean => {
  const states = tasks.map(({ state }) => state);
  if (wanted === 'FAILED') return connector.state === 'FAILED' || states.includes('FAILED');
  if (connector.state !== wanted) return false;
  return wanted === 'STOPPED'
    ? states.length === 0
    : (states.length > 0 || wanted === 'PAUSED') && states.every((state) => state === wanted);
};

const firstFailure = ({ name, connector, tasks }: ConnectorStateInfo): string | undefined => {
  if (connector.state === 'FAILED') return `Connector ${name} failed: ${firstLine(connector.trace)}`;
  const task = tasks.find(({ state }) => state === 'FAILED');
  return task === undefined ? undefined : `Task ${name}-${String(task.id)} failed: ${firstLine(task.trace)}`;
};

const firstLine = (trace: string | undefined): string => trace?.split('\n', 1)[0] ?? 'it says no more';

const summaryOf = ({ connector, tasks }: ConnectorStateInfo): string =>
  [connector.state, ...tasks.map(({ id, state }) => `task ${String(id)} ${state}`)].join(', ');

const statusTable = ({ name, connector, tasks }: ConnectorStateInfo): string =>
  formatTable(
    ['UNIT', 'STATE', 'WORKER', 'MESSAGE'],
    [
      [name, connector.state, connector.worker_id, messageOf(connector.trace)],
      ...tasks.map((task) => [`${name}-${String(task.id)}`, task.state, task.worker_id, taskMessage(task)]),
    ],
  );

const taskMessage = ({ trace, snapshot, circuit }: TaskState): string => {
  if (trace === undefined && circuit !== undefined && circuit.state !== 'closed') {
    return `target ${circuit.target}: circuit ${circuit.state}: ${circuit.error ?? 'asked once'}`;
  }
  if (trace !== undefined || snapshot === undefined || snapshot.state === 'COMPLETED') return messageOf(trace);
  const { kind, state, rows, rows_expected: expected, percent, eta_seconds: eta, tables, tables_remaining: left } = snapshot;
  return [
    `${kind} snapshot ${state.toLowerCase()}`,
    percent === null ? `${String(rows)} rows` : `${String(percent)} % (${String(rows)} of about ${String(expected)} rows)`,
    `${String(tables - left)} of ${String(tables)} tables`,
    ...(eta === null ? [] : [`about ${String(eta)} s left`]),
  ].join(', ');
};

const messageOf = (trace: string | undefined): string => (trace === undefined ? '' : firstLine(trace));
