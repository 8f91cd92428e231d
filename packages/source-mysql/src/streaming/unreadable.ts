import { TaskFailure } from '@headrace/foundation';
import { eventType } from '../binlog/event-header.ts';
import { errors } from '../errors.ts';

/** `what` is in the log; `cure` completes "Set ...". */
export const unreadable = (what: string, cure: string): TaskFailure =>
  new TaskFailure(errors.event_unsupported.code, `The log has ${what}, which cannot be read. Set ${cure}.`);

const refused = new Map<number, readonly [string, string]>([
  [eventType.partialUpdateRows, ['a partial JSON update', "binlog_row_value_options=''"]],
  [eventType.incident, ['the mark of lost events', 'nothing, but take a new snapshot']],
]);

/** Events that must not be passed over in silence; undefined: this one may be. */
export const refusalOf = (type: number, where: string): TaskFailure | undefined => {
  const entry = refused.get(type);
  return entry === undefined ? undefined : unreadable(`${entry[0]} at ${where}`, entry[1]);
};
