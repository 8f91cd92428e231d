import { RetriableError, TaskFailure, toError, type Clock, type Secret } from '@headrace/foundation';
import { within } from '../cluster/retry.ts';
import { errors } from '../errors.ts';

/** Where tokens come from: the client credentials grant (RFC 6749, 4.4), or made here, unsigned, for brokers under test. */
export type TokenSource =
  | {
      readonly kind: 'client-credentials';
      readonly url: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope: string | undefined;
    }
  | { readonly kind: 'unsecured'; readonly subject: string };

const requestTimeoutMs = 10_000;
/** Used for this part of its life, so that it does not end on the way. */
const usableShare = 0.8;
const defaultLifetimeSeconds = 300;

interface Token {
  readonly text: string;
  /** Monotonic. */
  readonly usableUntilMs: number;
}

/** Tokens for SASL/OAUTHBEARER, each used until most of its life is over. */
export class OAuthTokens {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  #current: Promise<Token> | undefined;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** RetriableError when the server does not answer; TaskFailure `kafka.authentication_failed` when it refuses. */
  async token(): Promise<string> {
    const current = await this.#current?.catch(() => undefined);
    if (current !== undefined && this.#clock.monotonic() < current.usableUntilMs) return current.text;
    this.#current = this.#source.kind === 'unsecured' ? Promise.resolve(this.#make(this.#source.subject)) : this.#request(this.#source);
    return (await this.#current).text;
  }

  #make(subject: string): Token {
    const seconds = Math.floor(this.#clock.now() / 1_000);
    const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
    const claims = { sub: subject, iat: seconds, exp: seconds + 3_600 };
    return this.#usable(`${part({ alg: 'none' })}.${part(claims)}.`, 3_600);
  }

  async #request(source: TokenSource & { readonly kind: 'client-credentials' }): Promise<Token> {
    const { url, clientId, clientSecret, scope } = source;
    const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret.reveal())}`).toString('base64');
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const { status, text } = await this.#post(url, { Authorization: `Basic ${credentials}` }, body);
    if (status >= 500 || status === 429) {
      throw new RetriableError(errors.unavailable.code, `No token for Kafka: ${url} answered HTTP ${String(status)}.`);
    }
    const token = status === 200 ? tokenIn(text) : undefined;
    if (token === undefined) {
      const message = `No token for Kafka: ${url} answered HTTP ${String(status)}. Check the client's id, secret and scope.`;
      throw new TaskFailure(errors.authentication_failed.code, message);
    }
    return this.#usable(token.text, token.lifetimeSeconds);
  }

  async #post(url: string, headers: Readonly<Record<string, string>>, body: URLSearchParams): Promise<{ status: number; text: string }> {
    try {
      return await within(this.#clock, requestTimeoutMs, async (signal) => {
        const answer = await fetch(url, { method: 'POST', headers, body, signal });
        return { status: answer.status, text: await answer.text() };
      });
    } catch (error) {
      const { message } = toError(error);
      throw new RetriableError(errors.unavailable.code, `No token for Kafka: ${url} does not answer (${message}).`, { cause: error });
    }
  }

  #usable(text: string, lifetimeSeconds: number): Token {
    return { text, usableUntilMs: this.#clock.monotonic() + lifetimeSeconds * 1_000 * usableShare };
  }
}

const tokenIn = (text: string): { readonly text: string; readonly lifetimeSeconds: number } | undefined => {
  try {
    const { access_token: token, expires_in: lifetime } = JSON.parse(text) as { access_token?: unknown; expires_in?: unknown };
    if (typeof token !== 'string') return undefined;
    return { text: token, lifetimeSeconds: typeof lifetime === 'number' ? lifetime : defaultLifetimeSeconds };
  } catch {
    return undefined;
  }
};
