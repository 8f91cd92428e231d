import type { RegisteredSchema, SchemaReference, SchemaRegistry, SubjectSchema } from '../src/registry-client.ts';

/** One id per text, over all subjects; remembers what it was asked. */
export class MemoryRegistry implements SchemaRegistry {
  readonly calls: string[] = [];
  readonly schemas: RegisteredSchema[] = [];
  readonly subjects = new Map<string, RegisteredSchema[]>();

  register(subject: string, schema: SubjectSchema): Promise<number> {
    this.calls.push(`register ${subject}`);
    return Promise.resolve(this.put(subject, { ...schema, references: [] }));
  }

  /** What another program registered. */
  put(subject: string, schema: RegisteredSchema): number {
    if (!this.schemas.some(({ text }) => text === schema.text)) this.schemas.push(schema);
    this.subjects.set(subject, [...(this.subjects.get(subject) ?? []), schema]);
    return this.#idOf(schema);
  }

  idOf(subject: string): Promise<number> {
    return Promise.reject(new Error(`no ${subject}`));
  }

  latestId(subject: string): Promise<number> {
    this.calls.push(`latest ${subject}`);
    const latest = this.subjects.get(subject)?.at(-1);
    return latest === undefined ? Promise.reject(new Error(`no ${subject}`)) : Promise.resolve(this.#idOf(latest));
  }

  schema(id: number): Promise<RegisteredSchema> {
    this.calls.push(`fetch ${String(id)}`);
    const schema = this.schemas[id - 1];
    return schema === undefined ? Promise.reject(new Error(`no id ${String(id)}`)) : Promise.resolve(schema);
  }

  version({ subject, version }: SchemaReference): Promise<RegisteredSchema> {
    const schema = this.subjects.get(subject)?.[version - 1];
    return schema === undefined ? Promise.reject(new Error(`no ${subject}`)) : Promise.resolve(schema);
  }

  #idOf(schema: SubjectSchema): number {
    return this.schemas.findIndex(({ text }) => text === schema.text) + 1;
  }
}
