import { primitive, type Header, type TaskId } from '@headrace/connector-api';
import type { CdcConfig } from '../config/cdc-config.ts';

const text = primitive('string');

/**
 * The `__debezium.context.*` headers of a run, the same for every data record; empty when switched off.
 * `module` is Debezium's short name of the connector (`postgresql`), `runId` a UUID of this run.
 */
export const contextHeaders = (config: CdcConfig, id: TaskId, module: string, runId: string): readonly Header[] => {
  if (!config['extended.headers.enabled']) return [];
  const header = (key: string, value: string): Header => ({ key: `__debezium.context.${key}`, schema: text, value });
  return [
    header('connectorLogicalName', config['topic.prefix']),
    header('taskId', String(id.task)),
    header('connectorName', module),
    header('runId', runId),
  ];
};
