import type { AppendValue, Encode, Schema, ValueOutput } from '@headrace/connector-api';
import type { ErrorPolicy } from '../record/error-policy.ts';
import { StageError, type Stage } from '../record/stage-error.ts';
import type { NamedConverter } from '../record/task-converters.ts';

/** How values of one schema in one topic become bytes. */
export interface SideEncoder {
  readonly encode: Encode;
  /** Into an output of the converter's binary form; fails where it has none. */
  readonly append: AppendValue;
}

/** Schema objects remembered per topic: more means that somebody makes one per record. */
const SCHEMAS_PER_TOPIC = 64;

/** The encoders of one side of records, by topic and schema identity. Its errors are StageErrors. */
export class EncoderCache {
  readonly #side: NamedConverter;
  readonly #stage: Stage;
  readonly #errors: ErrorPolicy;
  readonly #topics = new Map<string, Map<Schema | null, SideEncoder>>();

  constructor(side: NamedConverter, stage: Stage, errors: ErrorPolicy) {
    this.#side = side;
    this.#stage = stage;
    this.#errors = errors;
  }

  known(topic: string, schema: Schema | null): SideEncoder | undefined {
    return this.#topics.get(topic)?.get(schema);
  }

  async load(topic: string, schema: Schema | null, signal: AbortSignal): Promise<void> {
    if (this.known(topic, schema) !== undefined) return;
    const { converter } = this.#side;
    const make = async (): Promise<SideEncoder> => ({
      encode: await converter.encoderFor(topic, schema, signal),
      append: (await converter.binary?.appenderFor(topic, schema, signal)) ?? noForm,
    });
    try {
      const encoder = await this.#errors.retrying(make, signal);
      const encoders = this.#topics.get(topic) ?? new Map<Schema | null, SideEncoder>();
      if (encoders.size >= SCHEMAS_PER_TOPIC) encoders.clear();
      this.#topics.set(topic, encoders.set(schema, encoder));
    } catch (error) {
      throw new StageError(this.#stage, this.#side.className, error);
    }
  }

  encode({ encode }: SideEncoder, value: unknown): Uint8Array | null {
    try {
      return encode(value);
    } catch (error) {
      throw new StageError(this.#stage, this.#side.className, error);
    }
  }

  /** False: the value is no bytes at all. */
  append({ append }: SideEncoder, output: ValueOutput, value: unknown): boolean {
    try {
      return append(output, value);
    } catch (error) {
      throw new StageError(this.#stage, this.#side.className, error);
    }
  }
}

const noForm: AppendValue = () => {
  throw new TypeError('The converter has no binary form.');
};
