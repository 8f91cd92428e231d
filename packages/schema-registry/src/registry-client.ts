import {
  Backoff,
  linkSignal,
  RecordError,
  RetriableError,
  Stopped,
  systemClock,
  TaskFailure,
  toError,
  type Clock,
  type Secret,
} from '@headrace/foundation';
import { errors } from './errors.ts';

export interface RegistryClientOptions {
  /** Bases of the Confluent-compatible API; the next one is tried when one does not answer. */
  readonly urls: readonly string[];
  /** Value of the Authorization header. */
  readonly authorization?: Secret | undefined;
  /** Has the registry compare schemas without regard to their form. Default false. */
  readonly isNormalizing?: boolean;
  /** One request. Default 10,000 ms. */
  readonly requestTimeoutMs?: number;
  /** One call with all of its retries. Default 30,000 ms. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
}

/** Kinds of schema that registries know. */
export type SchemaFormat = 'AVRO' | 'JSON' | 'PROTOBUF';

/** A schema as it is, or is to be, in a subject. */
export interface SubjectSchema {
  readonly format: SchemaFormat;
  readonly text: string;
}

/** A schema that another one imports under `name`. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface RegisteredSchema extends SubjectSchema {
  readonly references: readonly SchemaReference[];
}

/** What a converter asks of a registry. */
export interface SchemaRegistry {
  /**
   * Registers the schema as a version of the subject, which is nothing new when it is one already; resolves with its id.
   * TaskFailure `registry.incompatible_schema` with the registry's reason when the subject's rule forbids it.
   */
  register(subject: string, schema: SubjectSchema, signal: AbortSignal): Promise<number>;
  /** The id of a schema the subject must hold already. TaskFailure `registry.schema_missing` otherwise. */
  idOf(subject: string, schema: SubjectSchema, signal: AbortSignal): Promise<number>;
  /** The id of the subject's latest schema. TaskFailure `registry.schema_missing` when it holds none. */
  latestId(subject: string, signal: AbortSignal): Promise<number>;
  /** RecordError `registry.unknown_schema_id`. */
  schema(id: number, signal: AbortSignal): Promise<RegisteredSchema>;
  /** A version of a subject. RecordError `registry.unknown_schema_id`. */
  version(reference: SchemaReference, signal: AbortSignal): Promise<RegisteredSchema>;
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Whose schema it is about, for messages. */
  readonly subject?: string;
}

/**
 * Client of the Confluent schema registry API, as far as a converter needs it. Everything that may pass by
 * itself (no connection, time-out, 408, 429, 5xx) is repeated with backoff over all bases until the deadline, then it is a
 * RetriableError `registry.unavailable`.
 */
export class RegistryClient implements SchemaRegistry {
  readonly #options: RegistryClientOptions;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  #preferred = 0;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#fetch = options.fetch ?? fetch;
  }

  async register(subject: string, schema: SubjectSchema, signal: AbortSignal): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions${this.#form}`;
    const answer = await this.#call({ method: 'POST', path, subject, body: bodyOf(schema) }, signal);
    return idIn(answer, subject);
  }

  async idOf(subject: string, schema: SubjectSchema, signal: AbortSignal): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}${this.#form}`;
    const answer = await this.#call({ method: 'POST', path, subject, body: bodyOf(schema) }, signal, [404]);
    if (answer.status !== 404) return idIn(answer, subject);
    throw missing(subject, 'does not hold the schema of its records, and auto.register.schemas is false');
  }

  async latestId(subject: string, signal: AbortSignal): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const answer = await this.#call({ method: 'GET', path, subject }, signal, [404]);
    if (answer.status !== 404) return idIn(answer, subject);
    throw missing(subject, 'holds no schema, and use.latest.version is true');
  }

  async schema(id: number, signal: AbortSignal): Promise<RegisteredSchema> {
    const answer = await this.#call({ method: 'GET', path: `/schemas/ids/${String(id)}` }, signal, [404]);
    return registeredIn(answer, `the schema id ${String(id)} of a record`);
  }

  async version({ subject, version }: SchemaReference, signal: AbortSignal): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${String(version)}`;
    const answer = await this.#call({ method: 'GET', path }, signal, [404]);
    return registeredIn(answer, `version ${String(version)} of subject "${subject}", which the schema of a record imports`);
  }

  async #call(call: Call, signal: AbortSignal, accepted: readonly number[] = []): Promise<Answer> {
    const deadline = this.#clock.monotonic() + (this.#options.deadlineMs ?? 30_000);
    const backoff = new Backoff(this.#clock, { maxMs: 2_000 });
    for (;;) {
      const { answer, problem } = await this.#attempt(call, signal);
      if (answer !== undefined && (answer.status < 300 || accepted.includes(answer.status))) return answer;
      if (answer !== undefined && !isPassing(answer.status)) throw refusal(call, answer);
      signal.throwIfAborted();
      this.#preferred += 1;
      if (this.#clock.monotonic() >= deadline) throw this.#unavailable(answer, problem);
      await backoff.wait(signal);
    }
  }

  async #attempt(call: Call, signal: AbortSignal): Promise<{ readonly answer?: Answer; readonly problem?: Error }> {
    const base = this.#base();
    using limit = linkSignal(signal);
    void this.#clock.sleep(this.#options.requestTimeoutMs ?? 10_000, limit.signal).then(
      () => {
        limit.abort(new Stopped('timeout', `No answer from ${base} in time.`));
      },
      () => undefined,
    );
    try {
      const response = await this.#fetch(base + call.path, {
        method: call.method,
        headers: {
          Accept: MEDIA_TYPE,
          'Content-Type': MEDIA_TYPE,
          ...(this.#options.authorization === undefined ? {} : { Authorization: this.#options.authorization.reveal() }),
        },
        signal: limit.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      return { answer: { status: response.status, body: asObject(await response.text()) } };
    } catch (error) {
      return { problem: toError(error) };
    } finally {
      limit.abort(new Stopped('done'));
    }
  }

  get #form(): string {
    return this.#options.isNormalizing === true ? '?normalize=true' : '';
  }

  #base(): string {
    const { urls } = this.#options;
    return (urls[this.#preferred % urls.length] ?? '').replace(/\/+$/, '');
  }

  #unavailable(answer: Answer | undefined, problem: Error | undefined): RetriableError {
    const reason = answer === undefined ? causeText(problem) : `HTTP ${String(answer.status)}: ${reasonOf(answer)}`;
    const urls = this.#options.urls.join(', ');
    return new RetriableError(errors.unavailable.code, `No schema registry at ${urls} answers (${reason}). ${errors.unavailable.hint}`, {
      cause: problem,
    });
  }
}

const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** 409 is the incompatible schema; Confluent's registry also says 422 with code 42201 for one it cannot read. */
const refusal = (call: Call, answer: Answer): TaskFailure => {
  const reason = reasonOf(answer);
  const fields = { status: answer.status, ...(call.subject === undefined ? {} : { subject: call.subject }) };
  if (answer.status === 409) {
    const message = `The schema registry refuses a new version of subject "${call.subject ?? ''}" as incompatible: ${reason}. ${errors.incompatible_schema.hint}`;
    return new TaskFailure(errors.incompatible_schema.code, message, { fields });
  }
  const what = call.subject === undefined ? `the request ${call.path}` : `subject "${call.subject}"`;
  return new TaskFailure(errors.refused.code, `The schema registry refuses ${what} (HTTP ${String(answer.status)}): ${reason}.`, {
    fields,
  });
};

/** Registries take a schema without a type as Avro, and old ones know no other. */
const bodyOf = ({ format, text }: SubjectSchema): string =>
  JSON.stringify(format === 'AVRO' ? { schema: withHiddenBraces(text) } : { schemaType: format, schema: text });

/**
 * The same JSON with another escape for the text `{}`, the default of many a json column. Apicurio takes `: "{}"` for an object
 * while it looks whether a text is Avro (QUOTED_BRACKETS of its AvroContentAccepter, seen in 3.0.9), and then refuses the schema.
 */
const withHiddenBraces = (schemaText: string): string => schemaText.replaceAll('"{}"', '"{\\u007D"');

const missing = (subject: string, what: string): TaskFailure =>
  new TaskFailure(errors.schema_missing.code, `Subject "${subject}" ${what}. ${errors.schema_missing.hint}`, { fields: { subject } });

const registeredIn = ({ status, body }: Answer, what: string): RegisteredSchema => {
  const { schema: text, schemaType = 'AVRO', references = [] } = body;
  if (status === 404 || typeof text !== 'string') {
    const message = `The schema registry does not know ${what}. ${errors.unknown_schema_id.hint}`;
    throw new RecordError(errors.unknown_schema_id.code, message);
  }
  return { format: schemaType as SchemaFormat, text, references: references as readonly SchemaReference[] };
};

const idIn = (answer: Answer, subject: string): number => {
  const { id } = answer.body;
  if (typeof id === 'number') return id;
  throw new TaskFailure(
    errors.refused.code,
    `The schema registry gave no id for subject "${subject}". Is schema.registry.url its Confluent API?`,
  );
};

/** Apicurio puts the class of a Java exception before its reason: that is no use to a reader. */
const reasonOf = ({ body }: Answer): string => {
  const message = typeof body['message'] === 'string' ? body['message'] : 'no reason given';
  return message.replace(/^(?:[a-z]\w*\.)+[A-Z]\w*: /, '').replace(/\.$/, '');
};

/** `fetch failed` says nothing; its cause does. */
const causeText = (problem: Error | undefined): string => {
  if (problem === undefined) return 'no answer';
  return problem.cause === undefined ? problem.message : toError(problem.cause).message || problem.message;
};

const asObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};
