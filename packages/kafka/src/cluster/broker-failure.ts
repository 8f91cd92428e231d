import { isAbort, isHeadraceError, RetriableError, TaskFailure, toError, type HeadraceError } from '@headrace/foundation';
import { protocolErrors } from '@platformatic/kafka';
import { errors } from '../errors.ts';

/** Kafka's name of an error (`NOT_COORDINATOR`); `NONE` for 0. */
export const errorNameOf = (code: number): string => namesByCode.get(code) ?? `ERROR_${String(code)}`;

const namesByCode = new Map(Object.values(protocolErrors).map(({ code, id }) => [code, id]));

interface ClientFailure {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The failure itself, what it was caused by and what it sums up, outermost first. */
function* chain(failure: unknown): Generator<ClientFailure> {
  if (typeof failure !== 'object' || failure === null) return;
  const { errors: parts, cause } = failure as ClientFailure;
  yield failure;
  if (Array.isArray(parts)) for (const part of parts) yield* chain(part);
  yield* chain(cause);
}

/** What the broker answered, by Kafka's name; undefined when the failure is not an answer. */
export const answerOf = (failure: unknown): string | undefined => {
  for (const { apiId } of chain(failure)) if (typeof apiId === 'string') return apiId;
  return undefined;
};

const hasClientCode = (failure: unknown, code: string): boolean => {
  for (const link of chain(failure)) if (link.code === code) return true;
  return false;
};

/** The connection could not be made, broke, or the answer did not come: nobody knows whether the request was carried out. */
export const isConnectionLoss = (failure: unknown): boolean =>
  answerOf(failure) === undefined && !isRefusedLogin(failure) && isCutOff(failure);

/** Refused for good: credentials, the mechanism, or one side does not trust or even speak the other's TLS. */
export const isRefusedLogin = (failure: unknown): boolean => {
  for (const { code, cause } of chain(failure)) {
    if (code === 'PLT_KFK_USER' || (typeof code === 'string' && (code.startsWith('ERR_SSL_') || distrust.has(code)))) return true;
    // A login that was cut off was not refused.
    if (code === 'PLT_KFK_AUTHENTICATION') return !isCutOff(cause);
  }
  return false;
};

const isCutOff = (failure: unknown): boolean => hasClientCode(failure, 'PLT_KFK_NETWORK') || hasClientCode(failure, 'PLT_KFK_TIMEOUT');

/** Node's codes for a certificate that is not accepted. */
const distrust: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The innermost reason, which tells more than "Connection to ... failed". */
const reasonOf = (failure: unknown): string => toError([...chain(failure)].at(-1)).message.replace(/\.$/, '');

/** One of ours that the client has wrapped: a token that could not be had. */
const ownCause = (failure: unknown): HeadraceError | undefined => [...chain(failure)].find(isHeadraceError);

/** Passing states of leaders, coordinators and replicas: the same request succeeds later. */
const transientAnswers: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_CONTROLLER',
  'CONCURRENT_TRANSACTIONS',
  'KAFKA_STORAGE_ERROR',
  'LISTENER_NOT_FOUND',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNSTABLE_OFFSET_COMMIT',
  'THROTTLING_QUOTA_EXCEEDED',
  'TRANSACTION_COORDINATOR_FENCED',
  'UNKNOWN_TOPIC_ID',
  'CORRUPT_MESSAGE',
]);

export const isTransientAnswer = (answer: string): boolean => transientAnswers.has(answer);

export const isTransient = (failure: unknown): boolean => {
  const answer = answerOf(failure);
  return answer === undefined ? isConnectionLoss(failure) : isTransientAnswer(answer);
};

/**
 * Somebody (another owner, the coordinator's time-out, an operator) has ended our producer: only a new producer id or epoch
 * would be accepted, and that must not be taken without asking for ownership first.
 */
const fencingAnswers: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTIONAL_ID_NOT_FOUND',
  'TRANSACTION_ABORTABLE',
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
]);

export const isFencingAnswer = (answer: string | undefined): boolean => answer !== undefined && fencingAnswers.has(answer);

/** An error of ours for a failure of the client; `what` says what was tried, as the start of the sentence ("Reading topic \"x\""). */
export const toKafkaError = (failure: unknown, what: string): HeadraceError | Error => {
  if (isAbort(failure)) return toError(failure);
  const own = ownCause(failure);
  if (own !== undefined) return own;
  const answer = answerOf(failure);
  const details = { cause: failure, ...(answer === undefined ? {} : { fields: { answer } }) };
  if (isRefusedLogin(failure)) {
    const { code, hint } = errors.authentication_failed;
    return new TaskFailure(code, `${what} failed: no login (${answer ?? reasonOf(failure)}). ${hint}`, details);
  }
  if (answer === undefined) {
    return new RetriableError(errors.unavailable.code, `${what} failed: ${toError(failure).message}. ${errors.unavailable.hint}`, details);
  }
  if (answer.endsWith('AUTHORIZATION_FAILED')) {
    return new TaskFailure(errors.not_authorized.code, `${what} failed: ${answer}. ${errors.not_authorized.hint}`, details);
  }
  if (answer === 'UNSUPPORTED_VERSION') {
    return new TaskFailure(errors.unsupported.code, `${what} failed: ${answer}. ${errors.unsupported.hint}`, details);
  }
  return new RetriableError(errors.unavailable.code, `${what} failed: the broker answered ${answer}.`, details);
};
