import { toError } from '@headrace/foundation';
import jsep, { type Expression as Node } from 'jsep';
import { evaluate } from './evaluator.ts';
import { nodeProblem } from './node-problem.ts';
import { variableNames, type Variables } from './variables.ts';

/**
 * The expressions that Groovy and JavaScript have in common: comparisons, `&&`, `||`, `!`, `?:`, arithmetic, `in` a list, `a.b`,
 * `a?.b`, `a['b']`, and some methods of texts. Nothing else can be reached: there is no `eval`, no assignment, no loop, no prototype.
 */
export class ExpressionProgram {
  readonly #root: Node;

  constructor(root: Node) {
    this.#root = root;
  }

  /** @throws RecordError where the record does not fit the expression */
  run(variables: Variables): unknown {
    return evaluate(this.#root, variables);
  }
}

jsep.addBinaryOp('in', 7);

/** The program of a text, or a sentence about what in it is not in the language. */
export const readExpression = (text: string): ExpressionProgram | string => {
  try {
    const root = jsep(withoutLongMarks(text));
    return nodeProblem(root, variableNames) ?? new ExpressionProgram(root);
  } catch (error) {
    return `The expression cannot be read: ${toError(error).message}.`;
  }
};

/** Groovy and Java mark long numbers; the mark changes nothing here. */
const withoutLongMarks = (text: string): string =>
  text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(\d+)[lL]\b/g, (match, digits: string | undefined) => digits ?? match);
