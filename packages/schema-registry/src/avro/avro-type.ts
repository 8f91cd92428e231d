import { hasReaction, TaskFailure, toError } from '@headrace/foundation';
import { joinName, splitName } from './avro-names.ts';
import { errors } from '../errors.ts';

/** A parsed Avro schema: names resolved, everything that is no part of the type kept in `props`. */
export type AvroType =
  | { readonly kind: AvroPrimitive; readonly props: AvroProps }
  | { readonly kind: 'fixed'; readonly fullName: string; readonly size: number; readonly props: AvroProps }
  | { readonly kind: 'enum'; readonly fullName: string; readonly symbols: readonly string[]; readonly props: AvroProps }
  | { readonly kind: 'array'; readonly items: AvroType; readonly props: AvroProps }
  | { readonly kind: 'map'; readonly values: AvroType; readonly props: AvroProps }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[]; readonly props: AvroProps }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: 'record';
  readonly fullName: string;
  readonly fields: readonly AvroField[];
  readonly props: AvroProps;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc: string | undefined;
  /** undefined: none. */
  readonly defaultValue: unknown;
}

export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
export type AvroProps = Readonly<Record<string, unknown>>;

const primitiveNames: ReadonlySet<string> = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** Parses the text of an Avro schema (specification 1.11). TaskFailure `registry.unsupported_schema` when it is none, or recursive. */
export const parseAvroSchema = (text: string): AvroType => {
  try {
    return new AvroParser().parse(JSON.parse(text) as unknown, undefined);
  } catch (error) {
    if (hasReaction(error, 'task-failure')) throw error;
    throw unsupported(`it is not JSON (${toError(error).message})`);
  }
};

class AvroParser {
  readonly #named = new Map<string, AvroType>();
  readonly #open = new Set<string>();

  parse(node: unknown, space: string | undefined): AvroType {
    if (typeof node === 'string') return this.#byName(node, space, {});
    if (Array.isArray(node)) return { kind: 'union', branches: node.map((branch) => this.parse(branch, space)), props: {} };
    if (typeof node !== 'object' || node === null) throw unsupported('a type is neither a name, a union nor an object');
    const props = node as AvroProps;
    const type = props['type'];
    switch (type) {
      case 'array':
        return { kind: 'array', items: this.parse(props['items'], space), props };
      case 'map':
        return { kind: 'map', values: this.parse(props['values'], space), props };
      case 'record':
      case 'error':
        return this.#record(props, space);
      case 'enum':
        return this.#define(props, space, (fullName) => ({ kind: 'enum', fullName, symbols: props['symbols'] as string[], props }));
      case 'fixed':
        return this.#define(props, space, (fullName) => ({ kind: 'fixed', fullName, size: Number(props['size']), props }));
      default:
        return typeof type === 'string' ? this.#byName(type, space, props) : this.parse(type, space);
    }
  }

  #byName(name: string, space: string | undefined, props: AvroProps): AvroType {
    if (primitiveNames.has(name)) return { kind: name as AvroPrimitive, props };
    const inSpace = space === undefined || name.includes('.') ? name : `${space}.${name}`;
    const known = this.#named.get(inSpace) ?? this.#named.get(name);
    if (known !== undefined) return known;
    if (this.#open.has(inSpace)) throw unsupported(`the record "${inSpace}" contains itself, which Connect schemas cannot do`);
    throw unsupported(`it uses the name "${name}" without defining it`);
  }

  #record(props: AvroProps, space: string | undefined): AvroType {
    return this.#define(props, space, (fullName) => {
      const inner = splitName(fullName).namespace;
      const fields = (props['fields'] as readonly AvroProps[]).map((field) => ({
        name: String(field['name']),
        type: this.parse(field['type'], inner),
        doc: field['doc'] as string | undefined,
        defaultValue: field['default'],
      }));
      return { kind: 'record', fullName, fields, props };
    });
  }

  #define(props: AvroProps, space: string | undefined, build: (fullName: string) => AvroType): AvroType {
    const name = String(props['name']);
    const own = props['namespace'] as string | undefined;
    const namespace = own === undefined ? space : own === '' ? undefined : own;
    const fullName = name.includes('.') ? name : joinName({ namespace, name });
    this.#open.add(fullName);
    const type = build(fullName);
    this.#open.delete(fullName);
    this.#named.set(fullName, type);
    return type;
  }
}

const unsupported = (reason: string): TaskFailure =>
  new TaskFailure(errors.unsupported_schema.code, `The Avro schema cannot be used: ${reason}. Write the topic with another schema.`);
