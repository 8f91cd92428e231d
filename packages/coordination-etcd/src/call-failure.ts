import { ConfigError, type RetriableError } from '@headrace/foundation';
import { unavailable } from '@headrace/ports';
import { etcdErrors } from './errors.ts';

/** What a call was doing, for its error's message. */
export interface EtcdCall {
  readonly endpoints: readonly string[];
  readonly timeoutMs: number;
  /** Names the keys or the lease: `write of "/headrace/x"`. */
  readonly what: string;
}

export const unanswered = (call: EtcdCall, cause: Error): RetriableError =>
  unavailable(
    `etcd at ${placeOf(call)} did not answer the ${call.what} within ${String(call.timeoutMs)} ms. Check that it has a quorum.`,
    cause,
  );

export const unreachable = (call: EtcdCall, cause: Error): RetriableError =>
  unavailable(`etcd at ${placeOf(call)} could not be reached for the ${call.what}: ${cause.message}`, cause);

export const accessDenied = (call: EtcdCall, cause: Error): ConfigError => {
  const message = `etcd at ${placeOf(call)} refused the ${call.what}: ${cause.message}. Check its user, password and role.`;
  return new ConfigError(etcdErrors.access_denied.code, [{ key: 'etcd.username', message }], { cause });
};

const placeOf = ({ endpoints }: EtcdCall): string => endpoints.join(', ');
