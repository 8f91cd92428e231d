import { isAbort, toError, withDeadline } from '@headrace/foundation';
import { leaseLost } from '@headrace/ports';
import { accessDenied, unanswered, unreachable, type EtcdCall } from '../call-failure.ts';
import { DEFAULT_CALL_TIMEOUT_MS, type EtcdOptions } from '../etcd-options.ts';
import { GrpcConnection, grpcStatus, GrpcStatusError } from './grpc-connection.ts';
import { authenticateRequest, authenticationToken, keepAliveRequest, timeToLive } from './lease-messages.ts';

const KEEP_ALIVE = '/etcdserverpb.Lease/LeaseKeepAlive';
const AUTHENTICATE = '/etcdserverpb.Auth/Authenticate';

/**
 * Renews leases of etcd, over connections of its own that need no client library: a thread that does nothing else carries nothing
 * else. Decision: packages/docs/adr/20261126-leases-renewed-without-a-client.md.
 */
export class LeaseRenewals implements Disposable {
  readonly #options: EtcdOptions;
  readonly #timeoutMs: number;
  readonly #members: readonly GrpcConnection[];
  /** Asked first: the member that answered last, or the one after those that did not. */
  #preferred = 0;
  #token: string | undefined;

  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#timeoutMs = options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
    const { ca, key, certificate: cert } = options.tls ?? {};
    this.#members = options.endpoints.map((endpoint) => new GrpcConnection(endpoint, { ca, key, cert }));
  }

  /**
   * One renewal, by whichever member answers; resolves with the remaining time to live in milliseconds. RetriableError
   * `coordination.unavailable` when none does, FencedError `coordination.lease_lost`, ConfigError `etcd.access_denied`.
   */
  async renew(leaseId: string, signal: AbortSignal): Promise<number> {
    const { clock, endpoints } = this.#options;
    const call: EtcdCall = { endpoints, timeoutMs: this.#timeoutMs, what: `renewal of lease ${leaseId}` };
    // Every member may be asked, and one of them twice: on another connection, or after another login.
    for (let attempt = 0; ; attempt += 1) {
      try {
        const seconds = await withDeadline(clock, this.#timeoutMs, signal, (child) => this.#keepAlive(leaseId, child));
        if (seconds > 0) return seconds * 1_000;
      } catch (error) {
        signal.throwIfAborted();
        if (this.#isWorthAnotherTry(error) && attempt < endpoints.length) continue;
        throw failureOf(toError(error), leaseId, call);
      }
      throw leaseLost(leaseId);
    }
  }

  [Symbol.dispose](): void {
    for (const member of this.#members) member[Symbol.dispose]();
  }

  async #keepAlive(leaseId: string, signal: AbortSignal): Promise<number> {
    const member = this.#members[this.#preferred];
    if (member === undefined) throw new TypeError('No endpoint of etcd is given.');
    const metadata = await this.#login(member, signal);
    return timeToLive(await member.call({ path: KEEP_ALIVE, message: keepAliveRequest(leaseId), metadata }, signal));
  }

  async #login(member: GrpcConnection, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { auth } = this.#options;
    if (auth === undefined) return {};
    const message = authenticateRequest(auth.username, auth.password.reveal());
    this.#token ??= authenticationToken(await member.call({ path: AUTHENTICATE, message, metadata: {} }, signal));
    return { token: this.#token };
  }

  /** Chooses whom to ask next. One that let its time pass has left none for another try: the caller decides. */
  #isWorthAnotherTry(error: unknown): boolean {
    const status = error instanceof GrpcStatusError ? error.status : grpcStatus.unavailable;
    if (status === grpcStatus.unauthenticated) this.#token = undefined;
    if (status === grpcStatus.unavailable) this.#preferred = (this.#preferred + 1) % this.#members.length;
    return !isAbort(error) && (status === grpcStatus.unauthenticated || status === grpcStatus.unavailable);
  }
}

const failureOf = (error: Error, leaseId: string, call: EtcdCall): Error => {
  if (isAbort(error)) return unanswered(call, error);
  if (!(error instanceof GrpcStatusError)) return unreachable(call, error);
  if (error.status === grpcStatus.notFound) return leaseLost(leaseId, error);
  const isDenied = error.status === grpcStatus.permissionDenied || error.message.includes('authentication failed');
  return isDenied ? accessDenied(call, error) : unreachable(call, error);
};
