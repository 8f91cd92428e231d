/** Something to place; units of one group are kept apart where balance allows. */
export interface Placeable {
  readonly id: string;
  readonly group: string;
  /** Load it brings; at least 1. */
  readonly weight: number;
  /** The part of the weight that was measured, and so changes by itself. Left out: none. */
  readonly measured?: number;
  /** Whether a member may have it. Left out: any may. One that nobody may have is not placed. */
  readonly fits?: (memberId: string) => boolean;
}

/** Member by unit id. */
export type Assignment = ReadonlyMap<string, string>;

interface Member {
  readonly id: string;
  load: number;
  /** The part of the load that was measured. */
  measured: number;
  readonly units: Map<string, Placeable>;
  readonly groups: Map<string, number>;
}

/**
 * Of what was measured on a member, so much more may its load be than another's before a unit moves. So a unit of up to half
 * of its member's load may double or halve without moving anything: steps of measured rates are as coarse.
 */
const TOLERANCE = 1 / 3;

/**
 * Places every unit that fits somewhere on exactly one member. Sticky: a unit stays where it is as long as its member lives,
 * it fits there, and loads differ by no more than the lightest unit that could move, or than TOLERANCE; what is homeless goes
 * to the least loaded member, there preferably where its group is rare. Pure and deterministic: the order of the input does
 * not matter. No members: nothing is placed.
 */
export const assign = (memberIds: readonly string[], units: readonly Placeable[], previous: Assignment): Assignment => {
  const members = [...new Set(memberIds)].sort().map((id): Member => ({
    id,
    load: 0,
    measured: 0,
    units: new Map(),
    groups: new Map(),
  }));
  if (members.length === 0) return new Map();
  const byId = new Map(members.map((member) => [member.id, member]));
  const homeless: Placeable[] = [];
  for (const unit of [...units].sort(heaviestFirst)) {
    const home = byId.get(previous.get(unit.id) ?? '');
    if (home !== undefined && fitsOn(unit, home)) give(home, unit);
    else homeless.push(unit);
  }
  for (const unit of homeless) {
    const fitting = members.filter((member) => fitsOn(unit, member));
    if (fitting.length > 0) give(bestFor(unit, fitting), unit);
  }
  settle(members, units.length);
  return new Map(members.flatMap((member) => [...member.units.keys()].sort().map((id) => [id, member.id] as const)));
};

const heaviestFirst = (a: Placeable, b: Placeable): number => b.weight - a.weight || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const give = (member: Member, unit: Placeable): void => {
  member.units.set(unit.id, unit);
  member.load += unit.weight;
  member.measured += unit.measured ?? 0;
  member.groups.set(unit.group, (member.groups.get(unit.group) ?? 0) + 1);
};

const take = (member: Member, unit: Placeable): void => {
  member.units.delete(unit.id);
  member.load -= unit.weight;
  member.measured -= unit.measured ?? 0;
  member.groups.set(unit.group, (member.groups.get(unit.group) ?? 1) - 1);
};

const fitsOn = (unit: Placeable, member: Member): boolean => unit.fits?.(member.id) ?? true;

const crowd = (member: Member, unit: Placeable): number => member.groups.get(unit.group) ?? 0;

/** Least loaded, then fewest of the same group, then the first by name. */
const bestFor = (unit: Placeable, members: readonly Member[]): Member =>
  members.reduce((best, member) => {
    if (member.load !== best.load) return member.load < best.load ? member : best;
    return crowd(member, unit) < crowd(best, unit) ? member : best;
  });

/**
 * Moves single units from a more to a less loaded member while that brings the two closer, the most and the least loaded
 * first. Every move makes the sum of squared loads smaller, so it ends; the limit only guards against weights that are not
 * finite.
 */
const settle = (members: readonly Member[], unitCount: number): void => {
  for (let moves = 0; moves <= unitCount * members.length; moves += 1) {
    const move = nextMove(members);
    if (move === undefined) return;
    take(move.from, move.unit);
    give(move.to, move.unit);
  }
};

interface Move {
  readonly unit: Placeable;
  readonly from: Member;
  readonly to: Member;
}

/** Beyond the first pair it looks only where units fit on some members alone. */
const nextMove = (members: readonly Member[]): Move | undefined => {
  const byLoad = [...members].sort((a, b) => b.load - a.load);
  for (const from of byLoad) {
    for (const to of byLoad.toReversed()) {
      if (from.load - to.load <= TOLERANCE * from.measured) break;
      const unit = bestToMove(from, to);
      if (unit !== undefined) return { unit, from, to };
    }
  }
  return undefined;
};

/** The unit whose move helps balance most; among equals the one with the most of its group behind and the fewest ahead. */
const bestToMove = (from: Member, to: Member): Placeable | undefined => {
  const difference = from.load - to.load;
  let best: Placeable | undefined;
  for (const unit of from.units.values()) {
    if (unit.weight >= difference || !fitsOn(unit, to)) continue;
    if (best === undefined || compareMoves(unit, best, from, to) < 0) best = unit;
  }
  return best;
};

const compareMoves = (a: Placeable, b: Placeable, from: Member, to: Member): number => {
  const ideal = (from.load - to.load) / 2;
  const distance = Math.abs(a.weight - ideal) - Math.abs(b.weight - ideal);
  if (distance !== 0) return distance;
  const crowding = (unit: Placeable): number => crowd(from, unit) - crowd(to, unit);
  return crowding(b) - crowding(a) || heaviestFirst(a, b);
};
