/**
 * What a partial update tells of a document: changes, each of an operation (1 byte), the path (length-encoded text) of the
 * place, and, unless it is a removal, the value (a length-encoded document) that is there from then on.
 */
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { JsonNode } from './json-node.ts';
import { pathSteps, type ArrayCell, type PathStep } from './json-path.ts';

/** The document after the changes that the cursor is at and that end at `end`. Throws RangeError where they do not fit it. */
export const changedDocument = (document: Buffer, cursor: ByteCursor, end: number): Buffer => {
  if (cursor.offset === end) return document;
  const root = JsonNode.parse(document);
  while (cursor.offset < end) applyChange(root, cursor);
  return root.toDocument();
};

/** False: the document has no such place. */
type Apply = (parent: JsonNode, step: PathStep, cursor: ByteCursor) => boolean;

const applyChange = (root: JsonNode, cursor: ByteCursor): void => {
  const apply = operations[cursor.u8()];
  const path = cursor.utf8(cursor.lengthEncoded());
  const steps = pathSteps(path);
  const parent = nodeAt(root, steps.slice(0, -1));
  const last = steps.at(-1);
  if (apply === undefined || parent === undefined || last === undefined || !apply(parent, last, cursor)) {
    throw new RangeError(`the change at ${path} does not fit the document before it`);
  }
};

const nodeAt = (root: JsonNode, steps: readonly PathStep[]): JsonNode | undefined => {
  let node: JsonNode | undefined = root;
  for (const step of steps) node = node?.at(placeOf(node, step));
  return node;
};

/** -1: there is no such member. */
const placeOf = (node: JsonNode, step: PathStep): number => {
  if (typeof step === 'string') return node.placeOf(step);
  const place = node.isArray ? cellPlace(step, node.count) : -1;
  return place < node.count ? place : -1;
};

/** In an array of `count` cells: -1 before the first one, `count` behind the last one. */
const cellPlace = ({ index, isFromEnd }: ArrayCell, count: number): number =>
  isFromEnd ? Math.max(count - 1 - index, -1) : Math.min(index, count);

const readValue = (cursor: ByteCursor): JsonNode => JsonNode.parse(cursor.view(cursor.lengthEncoded()));

const replaceMember: Apply = (parent, step, cursor) => {
  const place = placeOf(parent, step);
  if (place < 0) return false;
  parent.replace(place, readValue(cursor));
  return true;
};

/** Cells outside an array are its first or its last one from then on. */
const insertMember: Apply = (parent, step, cursor) => {
  if (typeof step === 'string') {
    if (!parent.isObject || parent.placeOf(step) >= 0) return false;
    parent.add(step, readValue(cursor));
    return true;
  }
  if (!parent.isArray) return false;
  parent.insert(Math.max(cellPlace(step, parent.count), 0), readValue(cursor));
  return true;
};

const removeMember: Apply = (parent, step) => {
  const place = placeOf(parent, step);
  if (place < 0) return false;
  parent.remove(place);
  return true;
};

/** By their codes. */
const operations: readonly Apply[] = [replaceMember, insertMember, removeMember];
