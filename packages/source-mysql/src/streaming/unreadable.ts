import { TaskFailure } from '@headrace/foundation';
import { eventType } from '../binlog/event-header.ts';
import { errors } from '../errors.ts';

/** `what` is in the log; `cure` completes "Set ...". */
export const unreadable = (what: string, cure: string, cause?: unknown): TaskFailure =>
  new TaskFailure(errors.event_unsupported.code, `The log has ${what}, which cannot be read. Set ${cure}.`, { cause });

/** An event that must not be passed over in silence; undefined: this one may be. */
export const refusalOf = (type: number, where: string): TaskFailure | undefined =>
  type === eventType.incident ? unreadable(`the mark of lost events at ${where}`, 'nothing, but take a new snapshot') : undefined;
