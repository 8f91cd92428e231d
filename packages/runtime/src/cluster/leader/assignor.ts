/** Something to place; units of one group are kept apart where balance allows. */
export interface Placeable {
  readonly id: string;
  readonly group: string;
  /** Load it brings; at least 1. */
  readonly weight: number;
}

/** Member by unit id. */
export type Assignment = ReadonlyMap<string, string>;

interface Member {
  readonly id: string;
  load: number;
  readonly units: Map<string, Placeable>;
  readonly groups: Map<string, number>;
}

/**
 * Places every unit on exactly one member. Sticky: a unit stays where it is as long as its member lives and loads differ by
 * no more than the lightest unit that could move; what is homeless goes to the least loaded member, there preferably
 * where its group is rare. Pure and deterministic: the order of the input does not matter. No members: nothing is placed.
 */
export const assign = (memberIds: readonly string[], units: readonly Placeable[], previous: Assignment): Assignment => {
  const members = [...new Set(memberIds)].sort().map((id): Member => ({ id, load: 0, units: new Map(), groups: new Map() }));
  if (members.length === 0) return new Map();
  const byId = new Map(members.map((member) => [member.id, member]));
  const homeless: Placeable[] = [];
  for (const unit of [...units].sort(heaviestFirst)) {
    const home = byId.get(previous.get(unit.id) ?? '');
    if (home === undefined) homeless.push(unit);
    else give(home, unit);
  }
  for (const unit of homeless) give(bestFor(unit, members), unit);
  settle(members, units.length);
  return new Map(members.flatMap((member) => [...member.units.keys()].sort().map((id) => [id, member.id] as const)));
};

const heaviestFirst = (a: Placeable, b: Placeable): number => b.weight - a.weight || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const give = (member: Member, unit: Placeable): void => {
  member.units.set(unit.id, unit);
  member.load += unit.weight;
  member.groups.set(unit.group, (member.groups.get(unit.group) ?? 0) + 1);
};

const take = (member: Member, unit: Placeable): void => {
  member.units.delete(unit.id);
  member.load -= unit.weight;
  member.groups.set(unit.group, (member.groups.get(unit.group) ?? 1) - 1);
};

const crowd = (member: Member, unit: Placeable): number => member.groups.get(unit.group) ?? 0;

/** Least loaded, then fewest of the same group, then the first by name. */
const bestFor = (unit: Placeable, members: readonly Member[]): Member =>
  members.reduce((best, member) => {
    if (member.load !== best.load) return member.load < best.load ? member : best;
    return crowd(member, unit) < crowd(best, unit) ? member : best;
  });

/**
 * Moves single units from the most to the least loaded member while that brings the two closer. Every move makes the sum
 * of squared loads smaller, so it ends; the limit only guards against weights that are not finite.
 */
const settle = (members: readonly Member[], unitCount: number): void => {
  for (let moves = 0; moves <= unitCount * members.length; moves += 1) {
    const most = members.reduce((a, b) => (b.load > a.load ? b : a));
    const least = members.reduce((a, b) => (b.load < a.load ? b : a));
    const unit = bestToMove(most, least);
    if (unit === undefined) return;
    take(most, unit);
    give(least, unit);
  }
};

/** The unit whose move helps balance most; among equals the one with the most of its group behind and the fewest ahead. */
const bestToMove = (from: Member, to: Member): Placeable | undefined => {
  const difference = from.load - to.load;
  const ideal = difference / 2;
  let best: Placeable | undefined;
  for (const unit of [...from.units.values()].sort(heaviestFirst)) {
    if (unit.weight >= difference) continue;
    if (best === undefined || isBetter(unit, best, { from, to, ideal })) best = unit;
  }
  return best;
};

const isBetter = (a: Placeable, b: Placeable, move: { readonly from: Member; readonly to: Member; readonly ideal: number }): boolean => {
  const distance = Math.abs(a.weight - move.ideal) - Math.abs(b.weight - move.ideal);
  if (distance !== 0) return distance < 0;
  const crowding = (unit: Placeable): number => crowd(move.from, unit) - crowd(move.to, unit);
  return crowding(a) > crowding(b);
};
