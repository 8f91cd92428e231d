import { readFile } from 'node:fs/promises';
import type { WorkerProcess } from './cluster.ts';
import { unique } from './product.ts';
import type { ConnectorConfig, Rest } from './rest.ts';

/** A line that a verifiable connector has printed. */
export interface PrintedLine {
  readonly name: string;
  /** Of the source, in lines of the sink as well. */
  readonly task: number;
  readonly seqno: number;
  readonly committed?: true;
  readonly flushed?: true;
}

const TOOLS = 'org.apache.kafka.connect.tools';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const converters = { 'key.converter': JSON_CONVERTER, 'value.converter': JSON_CONVERTER };

export const mockConnector = (kind: 'Source' | 'Sink', mode: string, overrides: ConnectorConfig = {}): ConnectorConfig => ({
  ...converters,
  'connector.class': `${TOOLS}.Mock${kind}Connector`,
  mock_mode: mode,
  delay_ms: '2000',
  'tasks.max': '1',
  ...overrides,
});

/** A connector that prints what it does, as kafkatest drives it; what it has printed is read from the logs of all workers. */
export class Verifiable {
  readonly name: string;
  readonly tasks: number;
  readonly #rest: Rest;
  readonly #config: ConnectorConfig;
  readonly #logs: () => readonly string[];

  private constructor(rest: Rest, workers: readonly WorkerProcess[], label: string, config: ConnectorConfig) {
    this.name = unique(label);
    this.tasks = Number(config['tasks.max']);
    this.#rest = rest;
    this.#config = { ...converters, ...config };
    // Workers come back on their ports, and with them to their files.
    const logs = workers.map(({ log }) => log);
    this.#logs = () => logs;
  }

  static source(rest: Rest, workers: readonly WorkerProcess[], topic: string, { tasks = 1, throughput = 100 } = {}): Verifiable {
    const config = { 'connector.class': `${TOOLS}.VerifiableSourceConnector`, topic, throughput: String(throughput) };
    return new Verifiable(rest, workers, 'vsource', { ...config, 'tasks.max': String(tasks) });
  }

  static sink(rest: Rest, workers: readonly WorkerProcess[], topic: string, { tasks = 1 } = {}): Verifiable {
    const config = { 'connector.class': `${TOOLS}.VerifiableSinkConnector`, topics: topic };
    return new Verifiable(rest, workers, 'vsink', { ...config, 'tasks.max': String(tasks) });
  }

  async create(): Promise<void> {
    await this.#rest.create(this.name, this.#config);
  }

  /** All it has printed so far. */
  async lines(): Promise<readonly PrintedLine[]> {
    const mark = `"name":${JSON.stringify(this.name)}`;
    const texts = await Promise.all(this.#logs().map((log) => readFile(log, 'utf8')));
    return texts.flatMap((text) =>
      text
        .split('\n')
        .filter((line) => line.includes(mark))
        .flatMap(parsed),
    );
  }

  async sent(): Promise<readonly PrintedLine[]> {
    return (await this.lines()).filter((line) => line.committed === undefined && line.flushed === undefined);
  }

  async committed(): Promise<readonly PrintedLine[]> {
    return (await this.lines()).filter((line) => line.committed === true);
  }

  async flushed(): Promise<readonly PrintedLine[]> {
    return (await this.lines()).filter((line) => line.flushed === true);
  }
}

/** A worker that is killed may leave half a line, to which the next one adds its first. */
const parsed = (line: string): readonly PrintedLine[] => {
  try {
    return [JSON.parse(line) as PrintedLine];
  } catch {
    return [];
  }
};

/** Whether the connector and this many tasks are in that state, as this worker tells it. */
export const isIn = async (worker: WorkerProcess, { name, tasks }: Verifiable, state: string): Promise<boolean> => {
  const response = await fetch(`${worker.rest}/connectors/${name}/status`);
  if (response.status !== 200) return false;
  const body = (await response.json()) as {
    readonly connector: { readonly state: string };
    readonly tasks: readonly { readonly state: string }[];
  };
  return body.tasks.length === tasks && [body.connector, ...body.tasks].every((unit) => unit.state === state);
};

/** What is missing of each task's numbers, and what is there more than once, in words; empty when all is well. */
export const gapsAndDoubles = (
  lines: readonly { readonly task: number; readonly seqno: number }[],
  tasks: number,
): { readonly gaps: readonly string[]; readonly doubles: readonly string[]; readonly shortest: number } => {
  const gaps: string[] = [];
  const doubles: string[] = [];
  let shortest = Infinity;
  for (let task = 0; task < tasks; task += 1) {
    const seqnos = lines.filter((line) => line.task === task).map(({ seqno }) => seqno);
    const distinct = new Set(seqnos);
    const last = seqnos.reduce((max, seqno) => Math.max(max, seqno), -1);
    shortest = Math.min(shortest, last);
    for (let seqno = 0; seqno < last; seqno += 1) if (!distinct.has(seqno)) gaps.push(`${String(task)}: ${String(seqno)}`);
    if (distinct.size < seqnos.length)
      doubles.push(`${String(task)}: ${String(seqnos.length - distinct.size)} of ${String(seqnos.length)}`);
  }
  return { gaps, doubles, shortest };
};
