import type { TargetCircuit } from '@headrace/connector-api';
import type { Circuit, Leave } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { MetricStore } from '../telemetry/metrics/metric-store.ts';
import { CircuitDesk } from './circuit-desk.ts';
import { CircuitLink } from './circuit-link.ts';
import { TargetCircuits } from './target-circuits.ts';

const never = new AbortController().signal;

const worker = () => {
  const clock = new VirtualClock();
  const metrics = new MetricStore(clock);
  const circuits = new TargetCircuits(clock, metrics);
  const gauges = (): Record<string, number> =>
    Object.fromEntries(metrics.samples().map(({ name, labels, value }) => [`${name} ${labels['target'] ?? ''}`, value]));
  /** A task in a thread of its own: messages take their time and carry plain data. */
  const thread = () => {
    const shown: TargetCircuit[] = [];
    const later = <T>(then: (message: T) => void) => {
      return (message: T): void => {
        const copy = structuredClone(message);
        setImmediate(() => {
          then(copy);
        });
      };
    };
    const desk: CircuitDesk = new CircuitDesk({
      circuits,
      post: later((message) => {
        link.heard(message);
      }),
      show: (circuit) => shown.push(circuit),
    });
    const link = new CircuitLink(
      later((message) => {
        desk.heard(message);
      }),
    );
    return { desk, shown, of: (target: string): Circuit => link.of(target) };
  };
  return { clock, gauges, thread };
};

/** Notes who is let through. */
const ask = (circuit: Circuit, name: string, admitted: string[], signal = never): Promise<Leave> => {
  const leave = circuit.admitted(signal);
  leave.then(
    ({ isProbe }) => admitted.push(isProbe ? `${name} alone` : name),
    () => undefined,
  );
  return leave;
};

describe('the circuits of a worker', () => {
  test('are one for all threads that name the target alike, and another for each other target', async () => {
    const { clock, gauges, thread } = worker();
    const [a, b] = [thread(), thread()];
    const [ofA, ofB, other] = [a.of('db:5432'), b.of('db:5432'), b.of('db:5433')];
    await clock.advance(0);
    ofA.open('refused', 1_000);
    await clock.advance(0);
    expect([ofA.state, ofB.state, other.state]).toEqual(['open', 'open', 'closed']);
    expect(ofB.reason).toBe('refused');
    expect(b.shown).toEqual([
      { state: 'closed', target: 'db:5432' },
      { state: 'closed', target: 'db:5433' },
      { state: 'open', target: 'db:5432', error: 'refused' },
    ]);
    expect(gauges()).toEqual({ 'headrace_target_circuit_state db:5432': 2, 'headrace_target_circuit_state db:5433': 0 });
  });

  test('let one thread try for all, the next when that failed, and all when it was answered', async () => {
    const { clock, thread } = worker();
    const circuits = [thread(), thread(), thread(), thread()].map((one) => one.of('db:5432'));
    const [first] = circuits;
    await clock.advance(0);
    first?.open('refused', 1_000);
    await clock.advance(0);
    const admitted: string[] = [];
    for (const [at, circuit] of circuits.entries()) void ask(circuit, String(at), admitted);
    await clock.advance(10_000);
    expect(admitted).toEqual(['0 alone']);
    first?.open('refused', 1_000);
    await clock.advance(10_000);
    expect(admitted).toEqual(['0 alone', '1 alone']);
    circuits[1]?.close();
    await clock.advance(0);
    expect(admitted).toEqual(['0 alone', '1 alone', '2', '3']);
    expect(circuits.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed', 'closed']);
  });

  test('make a task that comes later wait with the others', async () => {
    const { clock, thread } = worker();
    thread().of('db:5432').open('refused', 1_000);
    await clock.advance(0);
    const admitted: string[] = [];
    void ask(thread().of('db:5432'), 'late', admitted);
    await clock.advance(999);
    expect(admitted).toEqual([]);
    await clock.advance(1);
    expect(admitted).toEqual(['late alone']);
  });

  test('pass the turn of a thread that has ended, and of one that gave up, to the next', async () => {
    const { clock, thread } = worker();
    const [a, b, c] = [thread(), thread(), thread()];
    a.of('db:5432').open('refused', 1_000);
    await clock.advance(0);
    const admitted: string[] = [];
    const gone = new AbortController();
    void ask(a.of('db:5432'), 'a', admitted);
    const given = ask(b.of('db:5432'), 'b', admitted, gone.signal).catch(() => 'gave up');
    void ask(c.of('db:5432'), 'c', admitted);
    await clock.advance(1_000);
    gone.abort(new Error('stopped'));
    expect(await given).toBe('gave up');
    await clock.advance(0);
    expect(admitted).toEqual(['a alone']);
    a.desk[Symbol.dispose]();
    await clock.advance(0);
    expect(admitted).toEqual(['a alone', 'c alone']);
  });

  test('are forgotten with the last thread that has them: no metric, no timer', async () => {
    const { clock, gauges, thread } = worker();
    const [a, b] = [thread(), thread()];
    a.of('db:5432').open('refused', 1_000);
    b.of('db:5432');
    await clock.advance(0);
    a.desk[Symbol.dispose]();
    expect(gauges()).toEqual({ 'headrace_target_circuit_state db:5432': 2 });
    b.desk[Symbol.dispose]();
    await clock.advance(0);
    expect(gauges()).toEqual({});
    expect(clock.sleeperCount).toBe(0);
  });
});
