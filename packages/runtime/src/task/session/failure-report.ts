import { isHeadraceError, toError } from '@headrace/foundation';
import type { TaskFailureReport } from '@headrace/ports';

const TRACE_BYTES = 8_192;

/** An error as the status of a task shows it. */
export const failureReport = (failure: unknown): TaskFailureReport => {
  const error = toError(failure);
  return {
    code: isHeadraceError(failure) ? failure.code : 'internal',
    message: error.message,
    trace: traceOf(error, ({ name }) => name),
  };
};

/** `<class>: <message>`, frames, then its causes, at most 8 KiB. */
export const traceOf = (error: Error, classOf: (error: Error) => string): string => {
  const parts: string[] = [];
  let current: Error | undefined = error;
  for (let depth = 0; current !== undefined && depth < 8; depth += 1) {
    parts.push(`${depth === 0 ? '' : 'Caused by: '}${classOf(current)}: ${current.message}`, ...framesOf(current));
    current = current.cause === undefined || current.cause === null ? undefined : toError(current.cause);
  }
  return clip(parts.join('\n'));
};

/** The engine's header shows the class before our constructor has set it, so only the frames are taken. */
const framesOf = ({ stack }: Error): readonly string[] => (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));

const clip = (text: string): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= TRACE_BYTES
    ? text
    : bytes
        .subarray(0, TRACE_BYTES - 4)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
};
