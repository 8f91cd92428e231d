import type jsep from 'jsep';
import type { Expression as Node } from 'jsep';
import { methods } from './methods.ts';

const binaries: ReadonlySet<string> = new Set(['==', '!=', '===', '!==', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&&', '||', 'in']);
const unaries: ReadonlySet<string> = new Set(['!', '-', '+']);

/** Why an expression is not in the language; undefined when it is. Found when a connector is validated, not with the first record. */
export const nodeProblem = (node: Node, variables: readonly string[]): string | undefined => {
  const own = ownProblem(node, variables);
  if (own !== undefined) return own;
  for (const child of childrenOf(node)) {
    const problem = nodeProblem(child, variables);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const ownProblem = (node: Node, variables: readonly string[]): string | undefined => {
  const typed = node as jsep.CoreExpression;
  switch (typed.type) {
    case 'Identifier':
      return variables.includes(typed.name) ? undefined : `There is no variable "${typed.name}"; there are ${variables.join(', ')}.`;
    case 'BinaryExpression':
      return operatorProblem(binaries, typed.operator);
    case 'UnaryExpression':
      return operatorProblem(unaries, typed.operator);
    case 'CallExpression':
      return callProblem(typed);
    case 'Literal':
    case 'MemberExpression':
    case 'ConditionalExpression':
    case 'ArrayExpression':
      return undefined;
    default:
      return `An expression of the kind ${node.type} is not supported: give one expression without statements.`;
  }
};

const operatorProblem = (operators: ReadonlySet<string>, operator: string): string | undefined =>
  operators.has(operator) ? undefined : `The operator ${operator} is not supported.`;

const callProblem = ({ callee }: jsep.CallExpression): string | undefined => {
  const name =
    callee.type === 'MemberExpression' && callee['computed'] === false ? (callee['property'] as jsep.Identifier).name : undefined;
  if (name !== undefined && Object.hasOwn(methods, name)) return undefined;
  return `The function ${name ?? 'called'} is not supported; there are ${Object.keys(methods).join(', ')}.`;
};

const childrenOf = (node: Node): readonly Node[] => {
  const typed = node as jsep.CoreExpression;
  switch (typed.type) {
    case 'BinaryExpression':
      return [typed.left, typed.right];
    case 'UnaryExpression':
      return [typed.argument];
    case 'ConditionalExpression':
      return [typed.test, typed.consequent, typed.alternate];
    case 'ArrayExpression':
      return typed.elements.filter((item) => item !== null);
    case 'MemberExpression':
      return typed.computed ? [typed.object, typed.property] : [typed.object];
    case 'CallExpression':
      return [(typed.callee as jsep.MemberExpression).object, ...typed.arguments];
    default:
      return [];
  }
};
