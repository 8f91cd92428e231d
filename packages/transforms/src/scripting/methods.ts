import { javaPattern, wholePattern } from '../shape/java-pattern.ts';

type Method = (target: unknown, argument: unknown, second: unknown) => unknown;

const text =
  (method: (target: string, argument: string) => unknown): Method =>
  (target, argument) =>
    method(String(target), String(argument));

const sizeOf = (target: unknown): number =>
  Array.isArray(target) ? target.length : target instanceof Map ? target.size : String(target).length;

/** The methods that an expression may call, by Java's and JavaScript's names. `get` is a member access and handled there. */
export const methods: Readonly<Record<string, Method>> = {
  startsWith: text((target, argument) => target.startsWith(argument)),
  endsWith: text((target, argument) => target.endsWith(argument)),
  contains: (target, argument) => (Array.isArray(target) ? target.includes(argument) : String(target).includes(String(argument))),
  includes: (target, argument) => (Array.isArray(target) ? target.includes(argument) : String(target).includes(String(argument))),
  matches: text((target, argument) => wholePattern(javaPattern(argument)).test(target)),
  equals: (target, argument) => target === argument,
  equalsIgnoreCase: text((target, argument) => target.toLowerCase() === argument.toLowerCase()),
  indexOf: text((target, argument) => target.indexOf(argument)),
  substring: (target, from, to) => String(target).substring(Number(from), to === undefined ? undefined : Number(to)),
  replace: (target, from, to) => String(target).replaceAll(String(from), () => String(to)),
  trim: text((target) => target.trim()),
  toLowerCase: text((target) => target.toLowerCase()),
  toUpperCase: text((target) => target.toUpperCase()),
  toString: text((target) => target),
  isEmpty: (target) => sizeOf(target) === 0,
  length: sizeOf,
  size: sizeOf,
  get: () => undefined,
};
