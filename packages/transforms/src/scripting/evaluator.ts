import { int64, Struct, type Schema } from '@headrace/connector-api';
import type jsep from 'jsep';
import type { Expression as Node } from 'jsep';
import { types } from 'node:util';
import { unsuitable } from '../shape/side.ts';
import { methods } from './methods.ts';
import type { Variables } from './variables.ts';

/** The value of an expression that `nodeProblem` has passed. A missing field, or a member of null, is a RecordError. */
export const evaluate = (node: Node, variables: Variables): unknown => {
  const typed = node as jsep.CoreExpression;
  switch (typed.type) {
    case 'Literal':
      return typed.value;
    case 'Identifier':
      return variables[typed.name as keyof Variables];
    case 'ArrayExpression':
      return typed.elements.map((item) => (item === null ? null : evaluate(item, variables)));
    case 'ConditionalExpression':
      return evaluate(isTrue(evaluate(typed.test, variables)) ? typed.consequent : typed.alternate, variables);
    case 'UnaryExpression':
      return unary(typed.operator, evaluate(typed.argument, variables));
    case 'BinaryExpression':
      return binary(typed, variables);
    case 'MemberExpression':
      return memberOf(typed, variables);
    case 'CallExpression':
      return call(typed, variables);
    default:
      throw unsuitable(NAME, 'its expression has an unknown part');
  }
};

const NAME = 'The expression';

/** Groovy's truth: empty texts, lists and maps, zero and null are false. */
const isTrue = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0;
  if (types.isMap(value)) return value.size > 0;
  return Boolean(value);
};

const unary = (operator: string, value: unknown): unknown => {
  if (operator === '!') return !isTrue(value);
  const number = numberOf(value);
  return operator === '-' ? int64OrDouble(-number) : number;
};

const binary = ({ operator, left, right }: jsep.BinaryExpression, variables: Variables): unknown => {
  const first = evaluate(left, variables);
  if (operator === '&&') return isTrue(first) && isTrue(evaluate(right, variables));
  if (operator === '||') return isTrue(first) || isTrue(evaluate(right, variables));
  const second = evaluate(right, variables);
  return (comparisons[operator] ?? arithmetic(operator))(first, second);
};

const isEqual = (left: unknown, right: unknown): boolean => {
  if (isNumber(left) && isNumber(right)) return left == right;
  return (left ?? null) === (right ?? null);
};

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Negative, zero or positive; numbers with numbers and texts with texts. */
const order = (left: unknown, right: unknown): number => {
  const isComparable = (isNumber(left) && isNumber(right)) || (typeof left === 'string' && typeof right === 'string');
  if (!isComparable) throw unsuitable(NAME, 'it compares values that have no order');
  return left < right ? -1 : left > right ? 1 : 0;
};

const comparisons: Readonly<Record<string, (left: unknown, right: unknown) => unknown>> = {
  '==': isEqual,
  '===': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '!==': (left, right) => !isEqual(left, right),
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
  in: (left, right) => Array.isArray(right) && right.some((item) => isEqual(left, item)),
};

const arithmetic =
  (operator: string) =>
  (left: unknown, right: unknown): unknown => {
    if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) return `${textOf(left)}${textOf(right)}`;
    const [first, second] = [numberOf(left), numberOf(right)];
    const isExact = operator !== '/' && isWhole(first) && isWhole(second);
    if (operator === '%' && second == 0) throw unsuitable(NAME, 'it divides by zero');
    return isExact ? int64(wholes[operator]?.(BigInt(first), BigInt(second)) ?? 0n) : doubles[operator]?.(Number(first), Number(second));
  };

const wholes: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '%': (left, right) => left % right,
};

const doubles: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

const isWhole = (value: number | bigint): boolean => typeof value === 'bigint' || Number.isInteger(value);
const int64OrDouble = (value: number | bigint): number | bigint => (typeof value === 'bigint' ? int64(value) : value);

const numberOf = (value: unknown): number | bigint => {
  if (isNumber(value)) return value;
  throw unsuitable(NAME, 'it calculates with a value that is no number');
};

const textOf = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return String(value);
  throw unsuitable(NAME, 'it takes a struct, list or map for a text');
};

const memberOf = (node: jsep.MemberExpression, variables: Variables): unknown => {
  const owner = evaluate(node.object, variables) ?? null;
  const name = node.computed ? evaluate(node.property, variables) : (node.property as jsep.Identifier).name;
  if (owner === null && (node.optional === true || isChained(node.object))) return null;
  return field(owner, name);
};

/** In `a?.b.c` a null `a` ends the whole chain. */
const isChained = (node: Node): boolean =>
  node.type === 'MemberExpression' &&
  ((node as jsep.MemberExpression).optional === true || isChained((node as jsep.MemberExpression).object));

const field = (owner: unknown, name: unknown): unknown => {
  if (owner instanceof Struct) return structField(owner, String(name));
  if (types.isMap(owner)) return owner.get(name) ?? null;
  if (Array.isArray(owner) && typeof name === 'number') return (owner[name] as unknown) ?? null;
  if (owner instanceof SchemaView) return owner.get(String(name));
  throw unsuitable(
    NAME,
    owner === null ? `"${String(name)}" is asked of null; write ?. where a value may be missing` : `there is no "${String(name)}"`,
  );
};

const structField = (struct: Struct, name: string): unknown => {
  const value = struct.get(name);
  if (value === undefined && !struct.schema.indexByName.has(name)) throw unsuitable(NAME, `the record has no field "${name}"`);
  return value ?? null;
};

const call = ({ callee, arguments: given }: jsep.CallExpression, variables: Variables): unknown => {
  const member = callee as jsep.MemberExpression;
  const name = (member.property as jsep.Identifier).name;
  const target = evaluate(member.object, variables) ?? null;
  if (target === null && (member.optional === true || isChained(member.object))) return null;
  const [first, second] = given.map((argument) => evaluate(argument, variables));
  if (name === 'get') return field(target, first);
  if (target === null) throw unsuitable(NAME, `${name}() is called on null; write ?. where a value may be missing`);
  return methods[name]?.(target, first, second);
};

/** The part of a schema that expressions see. */
export class SchemaView {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  get(name: string): unknown {
    if (name === 'name') return this.#schema.name ?? null;
    if (name === 'version') return this.#schema.version ?? null;
    if (name === 'type') return this.#schema.type.toUpperCase();
    throw unsuitable(NAME, `a schema has no "${name}"`);
  }
}
