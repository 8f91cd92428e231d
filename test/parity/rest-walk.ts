import { setTimeout as sleep } from 'node:timers/promises';
import type { RestStep } from './rest-steps.ts';

/** What a server answers to a step, freed of what differs from one run to the next. */
export interface RestAnswer {
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The text; JSON as it was written, so that the order of fields counts. */
  readonly body: string;
}

const KEPT_HEADERS = ['content-type', 'location', 'allow'];
const SETTLE_MS = 60_000;

/** A step with its answer as it came. */
export type SeeAnswer = (step: RestStep, status: number, text: string) => void;

/** Takes every step against the server at `base`. */
export const walkRest = async (
  base: string,
  steps: readonly RestStep[],
  see: SeeAnswer = () => undefined,
): Promise<readonly RestAnswer[]> => {
  const answers: RestAnswer[] = [];
  for (const step of steps) {
    if (step.after !== undefined) await untilSettled(base, step.after);
    answers.push(await take(base, step, see));
  }
  return answers;
};

const take = async (base: string, step: RestStep, see: SeeAnswer): Promise<RestAnswer> => {
  const { name, method, path, headers = {}, body } = step;
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const response = await fetch(base + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(90_000),
    });
    const text = await response.text();
    // The original says so while it distributes connectors; any client asks again.
    if (response.status === 409 && text.includes('momentarily') && performance.now() < deadline) {
      await sleep(200);
      continue;
    }
    see(step, response.status, text);
    const kept = KEPT_HEADERS.flatMap((header) => {
      const value = response.headers.get(header);
      return value === null ? [] : [[header, value.replaceAll(base, 'BASE')]];
    });
    return {
      name,
      status: response.status,
      headers: Object.fromEntries(kept) as Record<string, string>,
      body: neutral(text, new URL(base).host),
    };
  }
};

const untilSettled = async (
  base: string,
  { connector, states }: { readonly connector: string; readonly states: string },
): Promise<void> => {
  const deadline = performance.now() + SETTLE_MS;
  for (let seen = ''; seen !== states;) {
    if (performance.now() > deadline) throw new Error(`${connector} is ${seen}, not ${states}.`);
    const response = await fetch(`${base}/connectors/${connector}/status`);
    const body = (await response.json()) as { readonly connector?: State; readonly tasks?: readonly State[] };
    seen = [body.connector, ...(body.tasks ?? [])].map((unit) => unit?.state ?? '').join(' ');
    if (seen !== states) await sleep(100);
  }
};

interface State {
  readonly state: string;
}

interface Entry {
  readonly value?: { readonly name?: string };
}

/** Settings, and the two halves of `expand`, have no order. */
const hasNoOrder = (value: object): boolean => 'connector.class' in value || ('status' in value && 'info' in value);

const sorted = (value: object): object => Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));

/** Definitions without what depends on the worker (its converters, installed versions) or how a converter's own keys are displayed. */
const withoutSurroundings = (value: object): object => {
  if (!('name' in value) || typeof value.name !== 'string') return value;
  if (/^(?:key|value)\.converter$/.test(value.name) && 'default_value' in value) return { ...value, default_value: 'WORKER' };
  if (value.name.endsWith('.plugin.version'))
    return 'default_value' in value ? { ...value, default_value: 'VERSION' } : { ...value, value: 'VERSION' };
  return /\.converter\.(?:type|encoding)$/.test(value.name) && 'width' in value ? { name: value.name } : value;
};

/** Texts of documentation are each project's own; versions and plugins are what is installed. */
export const neutral = (text: string, worker = 'WORKER'): string => {
  const freed = text.replaceAll(worker, 'WORKER');
  if (!/^[[{]/.test(freed)) return freed;
  const json: unknown = JSON.parse(freed, (key: string, value: unknown) => {
    if (['documentation', 'version', 'commit', 'kafka_cluster_id'].includes(key)) return key;
    if (key === 'last_modified' && value !== null) return key;
    // The way of a task's records: ours alone.
    if (key === 'lane') return undefined;
    if (key === 'recommended_values') return [];
    // The kind of a converter's own settings stands first there: it is required, and the worker gives it.
    if (Array.isArray(value)) return value.filter((item) => !String((item as Entry | null)?.value?.name).endsWith('.converter.type'));
    if (typeof value !== 'object' || value === null) return value;
    return withoutSurroundings(hasNoOrder(value) ? sorted(value) : value);
  });
  return JSON.stringify(json)
    .replace(/"\d+\.\d+\.\d+"/g, '"VERSION"')
    .replace(/available versions: \[[\d.]+\]/, 'available versions: [VERSION]');
};
