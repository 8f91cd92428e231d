import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import fc from 'fast-check';
import { StartTurns, type StartTurn, type Starter } from './start-turns.ts';

class Asker implements Starter {
  turn: StartTurn | undefined;
  woken = 0;
  readonly #turns: StartTurns;

  constructor(turns: StartTurns) {
    this.#turns = turns;
  }

  ask(): boolean {
    this.turn = this.#turns.take(this);
    return this.turn !== undefined;
  }

  wake(): void {
    this.woken += 1;
  }
}

const two = (): { readonly turns: StartTurns; readonly clock: VirtualClock; readonly asker: () => Asker } => {
  const clock = new VirtualClock();
  const turns = new StartTurns({ clock, limit: 2 });
  return { turns, clock, asker: () => new Asker(turns) };
};

describe('turns to start', () => {
  test('as many as the limit start at once; the next is woken when one of them is done', () => {
    const { asker } = two();
    const [first, second, third, fourth] = [asker(), asker(), asker(), asker()];
    expect([first, second, third, fourth].map((each) => each.ask())).toEqual([true, true, false, false]);
    second.turn?.end();
    expect([third.woken, fourth.woken]).toEqual([1, 0]);
    expect([fourth.ask(), third.ask()]).toEqual([false, true]);
  });

  test('who does not want to start any more holds up nobody behind', () => {
    const { turns, asker } = two();
    const [first, second, third, fourth] = [asker(), asker(), asker(), asker()];
    for (const each of [first, second, third, fourth]) each.ask();
    first.turn?.end();
    turns.leave(third);
    expect(fourth.woken).toBe(1);
    expect(fourth.ask()).toBe(true);
  });

  test('a start that waits for something else gives its turn away after 2 s', async () => {
    const { clock, asker } = two();
    const [first, second, third] = [asker(), asker(), asker()];
    for (const each of [first, second, third]) each.ask();
    await clock.advance(1_900);
    expect(third.ask()).toBe(false);
    await clock.advance(200);
    expect(third.woken).toBeGreaterThan(0);
    expect(third.ask()).toBe(true);
  });

  test('whatever they do, never more than the limit start, and nobody who asks waits for nobody', () => {
    const acts = fc.array(fc.tuple(fc.nat(5), fc.constantFrom('ask', 'end', 'leave')), { maxLength: 60 });
    fc.assert(
      fc.property(acts, (history) => {
        const { turns, asker } = two();
        const askers = Array.from({ length: 6 }, asker);
        for (const [index, act] of history) {
          const one = askers[index];
          if (one === undefined) continue;
          if (act === 'leave') turns.leave(one);
          else if (act === 'ask' && one.turn === undefined) one.ask();
          else if (act === 'end') {
            one.turn?.end();
            one.turn = undefined;
          }
          expect(askers.filter(({ turn }) => turn !== undefined).length).toBeLessThanOrEqual(2);
        }
        for (const one of askers) {
          one.turn?.end();
          turns.leave(one);
        }
        expect([askers[0]?.ask(), askers[1]?.ask()]).toEqual([true, true]);
      }),
    );
  });
});
