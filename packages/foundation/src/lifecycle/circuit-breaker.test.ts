import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { CircuitBreaker, type Leave } from './circuit-breaker.ts';

const never = new AbortController().signal;

const breaker = () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const circuit = new CircuitBreaker(clock, (state, reason) => told.push(reason === undefined ? state : `${state}: ${reason}`));
  const admitted: string[] = [];
  /** Notes when `who` is let through. */
  const ask = (who: string, signal: AbortSignal = never): Promise<Leave> => {
    const leave = circuit.admitted(signal);
    leave.then(
      ({ isProbe }) => admitted.push(`${who} at ${String(clock.monotonic())}${isProbe ? ' alone' : ''}`),
      () => undefined,
    );
    return leave;
  };
  return { clock, told, circuit, admitted, ask };
};

describe('a circuit', () => {
  test('lets everybody through while it is closed', async () => {
    const { circuit, ask } = breaker();
    expect([await ask('a'), await ask('b')].map(({ isProbe }) => isProbe)).toEqual([false, false]);
    expect(circuit.state).toBe('closed');
  });

  test('lets one of many through when the pause is over, another after the next pause, and all of them once there was an answer', async () => {
    const { clock, told, circuit, admitted, ask } = breaker();
    circuit.open('refused', 1_000);
    for (const who of ['a', 'b', 'c', 'd']) void ask(who);
    await clock.advance(5_000);
    expect(admitted).toEqual(['a at 1000 alone']);
    circuit.open('refused again', 1_000);
    await clock.advance(5_000);
    expect(admitted).toEqual(['a at 1000 alone', 'b at 6000 alone']);
    circuit.close();
    await clock.advance(0);
    expect(admitted.slice(2)).toEqual(['c at 10000', 'd at 10000']);
    expect(told).toEqual(['open: refused', 'half-open: refused', 'open: refused again', 'half-open: refused again', 'closed']);
  });

  test('passes the turn of one that ends without a word to the next', async () => {
    const { clock, circuit, admitted, ask } = breaker();
    circuit.open('refused', 1_000);
    const first = ask('a');
    void ask('b');
    await clock.advance(1_000);
    (await first)[Symbol.dispose]();
    await clock.advance(0);
    expect(admitted).toEqual(['a at 1000 alone', 'b at 1000 alone']);
  });

  test('forgets one that does not wait any more, before its turn and in it', async () => {
    const { clock, circuit, admitted, ask } = breaker();
    circuit.open('refused', 1_000);
    const gone = new AbortController();
    const outcome = ask('a', gone.signal).catch((error: unknown) => error);
    void ask('b');
    await clock.advance(500);
    gone.abort(new Error('gone'));
    expect(String(await outcome)).toContain('gone');
    await clock.advance(500);
    expect(admitted).toEqual(['b at 1000 alone']);
  });

  test('gives a turn at once to who comes after the pause', async () => {
    const { clock, circuit, admitted, ask } = breaker();
    circuit.open('refused', 1_000);
    await clock.advance(3_000);
    await ask('late');
    expect(admitted).toEqual(['late at 3000 alone']);
  });

  test('is not kept open longer by those who find out later, nor closed by the end of a pause', async () => {
    const { clock, told, circuit, admitted, ask } = breaker();
    circuit.open('refused', 1_000);
    await clock.advance(900);
    circuit.open('refused here too', 1_000);
    void ask('a');
    await clock.advance(100);
    expect(admitted).toEqual(['a at 1000 alone']);
    expect(told).toEqual(['open: refused', 'half-open: refused']);
  });

  test('leaves no timer behind', async () => {
    const { clock, circuit } = breaker();
    circuit.open('refused', 1_000);
    circuit.close();
    circuit.open('refused', 1_000);
    circuit[Symbol.dispose]();
    await clock.advance(0);
    expect(clock.sleeperCount).toBe(0);
  });
});
