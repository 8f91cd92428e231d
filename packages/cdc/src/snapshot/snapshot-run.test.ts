import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SnapshotMarker } from '../event/source-block.ts';
import { cutPiece, wholeTables, type SnapshotPieces } from './snapshot-pieces.ts';
import { SnapshotRun, type OpenPiece } from './snapshot-run.ts';

/** Tables whose rows have the keys 1 to `size`. */
type Sizes = Readonly<Record<string, number>>;

interface Row {
  readonly table: string;
  readonly key: number;
}

interface Told extends Row {
  readonly marker: SnapshotMarker;
}

const FIRST_PIECE_ROWS = 3;

/** Several readers of one snapshot, none of which knows of the others. */
class Readers {
  readonly told: Told[] = [];
  readonly #run: SnapshotRun<string, Row>;
  readonly #sizes: Sizes;
  readonly #lanes = new Map<number, { readonly open: OpenPiece<string, Row>; next: number; readonly last: number }>();

  /** `resumesAtRows`: a restart reads on from the last row of a piece, else the piece anew. */
  constructor(sizes: Sizes, pieces: SnapshotPieces = wholeTables(Object.keys(sizes)), resumesAtRows = true) {
    this.#sizes = sizes;
    this.#run = new SnapshotRun({
      pieces,
      tables: new Map(Object.keys(sizes).map((name) => [name, name])),
      handOut: (row, table, marker) => {
        expect(row.table).toBe(table);
        this.told.push({ ...row, marker });
      },
      keyAfter: ({ key }) => (resumesAtRows ? [String(key)] : null),
    });
  }

  get isDone(): boolean {
    return this.#run.isDone;
  }

  get pieces(): SnapshotPieces {
    return this.#run.pieces;
  }

  /** Reader `lane` goes one step on: begins a piece, reads a row or finds the end. */
  step(lane: number, keepsTables = false): void {
    const reading = this.#lanes.get(lane);
    if (reading === undefined) this.#begin(lane, keepsTables);
    else if (reading.next <= reading.last) {
      this.#run.add(reading.open, { table: reading.open.of.path, key: reading.next });
      reading.next += 1;
    } else {
      this.#lanes.delete(lane);
      this.#run.close(reading.open);
    }
  }

  tablesBeingRead(): readonly string[] {
    return [...this.#lanes.values()].map(({ open }) => open.of.path);
  }

  #begin(lane: number, keepsTables: boolean): void {
    const open = this.#run.openNext(keepsTables);
    if (open === undefined) return;
    const size = this.#sizes[open.piece.table] ?? 0;
    const first = Number(open.piece.after?.[0] ?? 0) + 1;
    const cut = first + FIRST_PIECE_ROWS - 1;
    if (open.piece.until === null && cut < size) this.#run.share(open, cutPiece(open.piece, [[String(cut)]]));
    this.#lanes.set(lane, { open, next: first, last: Number(open.piece.until?.[0] ?? size) });
  }
}

const sizes = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 12 }), { minKeys: 1, noNullPrototype: true });
const schedule = fc.infiniteStream(fc.integer({ min: 0, max: 2 }));

const rowsOf = (all: Sizes): readonly string[] =>
  Object.entries(all).flatMap(([table, size]) => Array.from({ length: size }, (_, index) => `${table}${String(index + 1)}`));

const names = (rows: readonly Row[]): readonly string[] => rows.map(({ table, key }) => `${table}${String(key)}`);

const markersOf = (rows: readonly Row[]): readonly SnapshotMarker[] =>
  rows.map(({ table }, index) => {
    if (index === rows.length - 1) return 'last';
    if (index === 0) return 'first';
    if (rows.findLastIndex((other) => other.table === table) === index) return 'last_in_data_collection';
    return rows.findIndex((other) => other.table === table) === index ? 'first_in_data_collection' : 'true';
  });

describe('a snapshot that several connections read', () => {
  test('hands out each row once, under the marker of its place, however they take turns', () => {
    fc.assert(
      fc.property(sizes, schedule, (all, turns) => {
        const readers = new Readers(all);
        for (const lane of turns) {
          if (readers.isDone) break;
          readers.step(lane);
        }
        expect(names(readers.told).toSorted()).toEqual([...rowsOf(all)].toSorted());
        expect(readers.told.map(({ marker }) => marker)).toEqual(markersOf(readers.told));
        expect(readers.pieces).toEqual([]);
      }),
    );
  });

  test.each([true, false])('knows at each step what a restart has to read (from the last row: %p)', (resumesAtRows) => {
    fc.assert(
      fc.property(sizes, schedule, fc.integer({ min: 0, max: 60 }), (all, turns, steps) => {
        const readers = new Readers(all, undefined, resumesAtRows);
        let left = steps;
        for (const lane of turns) {
          if (readers.isDone || left === 0) break;
          left -= 1;
          readers.step(lane);
        }
        const again = new Readers(all, readers.pieces);
        while (!again.isDone) again.step(0);
        const told = [...names(readers.told), ...names(again.told)];
        if (resumesAtRows) expect(told.toSorted()).toEqual([...rowsOf(all)].toSorted());
        else expect(new Set(told)).toEqual(new Set(rowsOf(all)));
      }),
    );
  });

  test('leaves a table to one of them at a time on demand', () => {
    fc.assert(
      fc.property(sizes, schedule, (all, turns) => {
        const readers = new Readers(all);
        for (const lane of turns) {
          if (readers.isDone) break;
          readers.step(lane, true);
          const reading = readers.tablesBeingRead();
          expect(new Set(reading).size).toBe(reading.length);
        }
        for (const table of Object.keys(all)) {
          const keys = readers.told.filter((row) => row.table === table).map(({ key }) => key);
          expect(keys).toEqual(keys.toSorted((left, right) => left - right));
        }
      }),
    );
  });

  test('marks no first row behind an empty first table', () => {
    const readers = new Readers({ a: 0, b: 2 });
    while (!readers.isDone) readers.step(0);
    expect(readers.told.map(({ marker }) => marker)).toEqual(['first_in_data_collection', 'last']);
  });

  test('drops pieces of tables that are not captured any more', () => {
    expect(new Readers({ a: 1 }, wholeTables(['gone'])).isDone).toBe(true);
  });
});
