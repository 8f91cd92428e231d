import { TaskFailure, toError } from '@headrace/foundation';
import protobuf, { type Type } from 'protobufjs';
import { errors } from '../errors.ts';
import { knownFiles } from './protobuf-names.ts';

/**
 * A parsed file with everything it imports. Messages are numbered as in the wire format: an index per level, over the messages of
 * that level in the order in which they are declared.
 */
export class ProtobufFile {
  readonly #messages: readonly Type[];

  /** `imports` are files that the registry lists for this one. TaskFailure `registry.unsupported_schema` when one is missing or broken. */
  constructor(text: string, imports: ReadonlyMap<string, string> = new Map()) {
    const root = new protobuf.Root();
    try {
      const parsed = protobuf.parse(text, root, { keepCase: true });
      const scope = parsed.package === undefined ? root : root.lookup(parsed.package);
      this.#messages = messagesOf(scope);
      addImports(root, parsed.imports ?? [], imports);
      root.resolveAll();
    } catch (error) {
      throw unsupported(toError(error).message);
    }
  }

  /** undefined when the file has no such message. */
  message(indexes: readonly number[]): Type | undefined {
    let level = this.#messages;
    let message: Type | undefined;
    for (const index of indexes) {
      message = level[index];
      if (message === undefined) return undefined;
      level = messagesOf(message);
    }
    return message;
  }
}

const messagesOf = (scope: protobuf.ReflectionObject | null): readonly Type[] =>
  scope instanceof protobuf.Namespace ? scope.nestedArray.filter((nested) => nested instanceof protobuf.Type) : [];

const addImports = (root: protobuf.Root, names: readonly string[], imports: ReadonlyMap<string, string>): void => {
  const waiting = [...names];
  const seen = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const known = protobuf.common.get(name);
    const text = imports.get(name) ?? knownFiles[name];
    if (text !== undefined) waiting.push(...(protobuf.parse(text, root, { keepCase: true }).imports ?? []));
    else if (known?.nested === undefined)
      throw new TypeError(`it imports "${name}", which the registry does not list among its references`);
    else root.addJSON(known.nested);
  }
};

export const unsupported = (reason: string): TaskFailure =>
  new TaskFailure(errors.unsupported_schema.code, `A Protobuf schema has no form in Connect: ${reason}. ${errors.unsupported_schema.hint}`);
