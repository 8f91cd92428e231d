// The product in a few minutes: servers, three workers, two directions under live changes, a killed worker, proof.
import { setTimeout as sleep } from 'node:timers/promises';
import { liveWorkers, startWorkers, type WorkerProcess } from '../support/cluster.ts';
import { optionsOrUsage } from '../support/command-line.ts';
import { Rest } from '../support/rest.ts';
import { startStack } from '../support/stack.ts';
import { until } from '../support/wait.ts';
import { mariadbToPostgres, postgresToMariadb, type Flow } from './flows.ts';
import { ShopLoad } from './load.ts';
import { parseOptions, usage, type DemoOptions } from './options.ts';
import { Probe } from './probe.ts';
import { compareFlow, printProofs, settle, type Direction, type Proof } from './proof.ts';
import { spoil } from './sabotage.ts';
import { addedColumn, alterOrders, createShop, tables } from './shop.ts';

const customerCount = 2_000;
const ordersPerCustomer = 8;
const startedAt = performance.now();

const say = (text: string): void => {
  console.log(`[${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s] ${text}`);
};

const rowCount = async (flow: Flow): Promise<number> => {
  const counts = await Promise.all(
    tables.map(async ({ name }) => flow.target.rows(`SELECT count(*) AS n FROM ${flow.targetTable(name)}`).catch(() => [])),
  );
  return counts.reduce((sum, [row]) => sum + Number(row?.['n'] ?? 0), 0);
};

const snapshot = async (flow: Flow, rest: Rest): Promise<void> => {
  for (const { name, config } of flow.connectors) await rest.create(name, config);
  for (const { name, tasks } of flow.connectors) await rest.running(name, tasks, 90_000);
  const expected = customerCount * (1 + ordersPerCustomer);
  let lastSaid = 0;
  await until(
    `${flow.title}: the snapshot's ${String(expected)} rows are in the target`,
    async () => {
      const rows = await rowCount(flow);
      if (rows !== lastSaid && performance.now() % 2_000 < 250)
        say(`${flow.title}: ${String((lastSaid = rows))} of ${String(expected)} rows`);
      return rows >= expected;
    },
    { withinMs: 180_000, everyMs: 200 },
  );
};

/** Changes at the source until `untilMs`; the ALTER TABLE comes after a third. */
const change = async ({ flow, load }: Direction, durationMs: number): Promise<void> => {
  const begin = performance.now();
  let isAltered = false;
  while (performance.now() - begin < durationMs) {
    if (!isAltered && performance.now() - begin > durationMs / 3) {
      await alterOrders(flow.source);
      load.usePriority();
      isAltered = true;
      say(`${flow.title}: ALTER TABLE orders ADD COLUMN ${addedColumn.name}`);
    }
    await load.step();
    await sleep(5);
  }
};

/** The worker that runs the source task of a flow. */
const ownerOf = async (rest: Rest, flow: Flow): Promise<WorkerProcess> => {
  const state = await rest.running(flow.connectors[0]?.name ?? '');
  const owner = state.tasks[0]?.worker_id;
  const worker = (await liveWorkers()).find(({ id }) => id === owner);
  if (worker === undefined) throw new Error(`The owner ${String(owner)} of the source task is not among the live workers.`);
  return worker;
};

const live = async (directions: readonly Direction[], rest: Rest, seconds: number): Promise<number> => {
  const [first] = directions;
  if (first === undefined) throw new Error('There is nothing to run.');
  const owner = await ownerOf(rest, first.flow);
  const probing = Promise.all(directions.map(async ({ probe }) => probe.run()));
  const changing = Promise.all(directions.map(async (direction) => change(direction, seconds * 1_000)));
  await sleep((seconds * 1_000) / 2);
  const at = performance.now();
  process.kill(owner.pid, 'SIGKILL');
  say(`Killed worker ${owner.id} (SIGKILL), owner of the task of ${first.flow.connectors[0]?.name ?? ''}`);
  await changing;
  for (const { probe } of directions) probe.stop();
  await probing;
  return at;
};

const prove = async (directions: readonly Direction[], killedAt: number, options: DemoOptions): Promise<boolean> => {
  say('Changes have ended; comparing row by row');
  for (const { flow } of directions) await settle(flow);
  const [first] = directions;
  if (options.sabotage !== undefined && first !== undefined) say(`Sabotage, ${await spoil(first.flow, options.sabotage)}`);
  const proofs: Proof[] = [];
  for (const direction of directions) proofs.push({ ...direction, comparison: await compareFlow(direction.flow) });
  printProofs(proofs, options.seconds, killedAt);
  return proofs.every(({ comparison }) => comparison.rows > 0 && comparison.differences.length === 0);
};

const demo = async (options: DemoOptions): Promise<boolean> => {
  say('Starting the servers (the first time this installs them)');
  const servers = await startStack([], { isVerbose: true });
  let workers = await startWorkers(3, { isVerbose: true });
  say(`Three workers: ${workers.map(({ rest }) => rest).join(', ')}`);
  const rest = new Rest(() => workers.map((worker) => worker.rest));
  await rest.deleteAll();
  const run = Date.now().toString(36).slice(-6);
  const flows = [await postgresToMariadb(servers, run), await mariadbToPostgres(servers, run)];
  const directions = flows.map((flow, index) => ({ flow, load: new ShopLoad(flow.source, 4_711 + index), probe: new Probe(flow) }));
  for (const { flow, load } of directions) {
    await createShop(flow.source);
    await load.fill(customerCount, ordersPerCustomer);
    await flow.source.run("INSERT INTO shop.probes (id, note) VALUES (0, 'first')");
  }
  say(`Both shops have ${String(customerCount * (1 + ordersPerCustomer))} rows; creating connectors by REST`);
  const snapshotAt = performance.now();
  await Promise.all(flows.map(async (flow) => snapshot(flow, rest)));
  say(`Snapshots are in the targets after ${((performance.now() - snapshotAt) / 1_000).toFixed(1)} s`);
  try {
    const killedAt = await live(directions, rest, options.seconds);
    return await prove(directions, killedAt, options);
  } finally {
    if (options.isStaying) {
      workers = await startWorkers(3);
      say(
        `Running on: REST ${workers.map((worker) => worker.rest).join(', ')}; end it with ./scripts/cluster down && ./scripts/stack down`,
      );
    } else {
      await rest.deleteAll();
    }
    for (const { source, target } of flows) await Promise.all([source.close(), target.close()]);
  }
};

const options = optionsOrUsage(parseOptions, usage);
if (options === undefined) {
  process.exitCode = 2;
} else {
  try {
    const isEqual = await demo(options);
    say(isEqual ? 'Every row of both copies equals its source.' : 'The copies DIFFER from their sources: see above.');
    process.exitCode = isEqual ? 0 : 1;
  } catch (failure) {
    console.error(failure instanceof Error ? failure.message : failure);
    process.exitCode = 1;
  }
}
