import { TaskFailure } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** Finds what a `$ref` names: a place in the document it stands in, an `$id`, or a document that the registry lists under that name. */
export class JsonPointers {
  #document: unknown;
  readonly #documents: ReadonlyMap<string, unknown>;

  constructor(document: unknown, documents: ReadonlyMap<string, unknown>) {
    this.#document = document;
    this.#documents = documents;
  }

  /** Gives the target to `use`, during which references are relative to the target's document. TaskFailure when there is none. */
  within<T>(reference: string, use: (target: unknown) => T): T {
    const [name = '', pointer = ''] = reference.split('#');
    const outer = this.#document;
    const document = name === '' ? outer : (this.#documents.get(name) ?? (idOf(outer) === name ? outer : undefined));
    const target = pointed(document, pointer);
    if (target === undefined) {
      const message = `A JSON Schema refers to "${reference}", which neither it nor its references in the registry hold.`;
      throw new TaskFailure(errors.unsupported_schema.code, `${message} ${errors.unsupported_schema.hint}`);
    }
    this.#document = document;
    try {
      return use(target);
    } finally {
      this.#document = outer;
    }
  }
}

const idOf = (document: unknown): unknown => (document as { readonly $id?: unknown } | undefined)?.$id;

const pointed = (document: unknown, pointer: string): unknown => {
  let target = document;
  for (const step of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = typeof target === 'object' && target !== null ? (target as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return target;
};
