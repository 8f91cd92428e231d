/** A value that cannot be printed by accident: every rendering says `[hidden]`; only `reveal` gives it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

/** What Kafka Connect prints for a password. */
export const HIDDEN = '[hidden]';
