import { TaskFailure } from '@headrace/foundation';
import type { Client } from 'pg';
import { publishedTables } from '../catalog.ts';
import { errors } from '../errors.ts';
import type { CaptureSettings } from './capture-settings.ts';

/** `guardrail.collections.max`: more tables than are meant to be captured are named in the log, or fail the task. */
export const checkTableCount = async (client: Client, { config, context, isCaptured }: CaptureSettings): Promise<void> => {
  const max = config['guardrail.collections.max'];
  if (max === 0) return;
  const tables = (await publishedTables(client, config['publication.name'])).filter(({ schema, name }) => isCaptured(schema, name));
  if (tables.length <= max) return;
  const message = `${String(tables.length)} tables are captured, and guardrail.collections.max is ${String(max)}.`;
  if (config['guardrail.collections.limit.action'].toLowerCase() === 'fail') {
    throw new TaskFailure(errors.too_many_tables.code, `${message} ${errors.too_many_tables.hint}`);
  }
  context.log.warn(message);
};
