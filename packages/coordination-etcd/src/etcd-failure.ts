import { InvariantError, isAbort, isHeadraceError, RequestError, toError } from '@headrace/foundation';
import {
  EtcdAuthenticationFailedError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCDeadlineExceededError,
  GRPCGenericError,
  GRPCUnavailableError,
  isRecoverableError,
} from 'etcd3';
import { accessDenied, unanswered, unreachable, type EtcdCall } from './call-failure.ts';
import { etcdErrors } from './errors.ts';

/** An error of the etcd client in the words of the port; ours and aborts pass through. */
export const etcdFailure = (caught: unknown, call: EtcdCall): Error => {
  const error = toError(caught);
  if (isHeadraceError(error) || isAbort(error)) return error;
  if (error instanceof GRPCDeadlineExceededError) return unanswered(call, error);
  if (error.message.includes('request is too large')) {
    return new RequestError(etcdErrors.too_large.code, 413, `etcd takes no request as large as the ${call.what}. Make the value smaller.`, {
      cause: error,
    });
  }
  if (error instanceof EtcdAuthenticationFailedError || error instanceof EtcdPermissionDeniedError) return accessDenied(call, error);
  if (isRecoverableError(error) || error instanceof GRPCGenericError || isPassing(error)) return unreachable(call, error);
  return new InvariantError(etcdErrors.refused.code, `etcd refused the ${call.what}: ${error.message}`, { cause: error });
};

export const isLeaseGone = (error: unknown): boolean =>
  error instanceof EtcdLeaseInvalidError || messageOf(error).includes('lease not found');

/** The revision asked for is compacted: of a read at a revision, or of a watch's cancellation. */
export const isCompaction = (error: unknown): boolean => messageOf(error).includes('has been compacted');

/**
 * The request never left this process, so repeating it cannot apply it twice. The gRPC client tells only by text that no
 * connection could be made; anything else may have reached a server.
 */
export const isUnsent = (error: unknown): boolean =>
  error instanceof GRPCUnavailableError && /No connection established|Name resolution failed/.test(error.message);

/** A server was reached or not, but it says that another one, or a later attempt, may serve. */
export const isWorthAnotherTry = (error: unknown): boolean => error instanceof GRPCUnavailableError;

/** The member is down, hangs, or has no leader: another one may do better. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof GRPCDeadlineExceededError || error instanceof GRPCUnavailableError || isPassing(toError(error));

/** States of a living cluster that end by themselves (etcd's own errors, which its client does not classify). */
const isPassing = (error: Error): boolean =>
  /no leader|leader changed|request timed out|too many requests|not capable|database space exceeded|server stopped|auth(entication)? token|timed out/.test(
    error.message,
  );

const messageOf = (error: unknown): string => toError(error).message;
