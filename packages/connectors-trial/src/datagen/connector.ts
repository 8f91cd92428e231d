import { defineSourceConnector, type SourceConnector } from '@headrace/connector-api';
import { datagenConfig, planOf, type DatagenKeys } from './datagen-config.ts';
import { DatagenTask } from './datagen-task.ts';

/** Records made up by a schema, to try things with: at a rate, with favoured keys, the same again by seed. */
export const datagenSource: SourceConnector<DatagenKeys> = defineSourceConnector({
  name: 'datagen',
  classNames: ['io.confluent.kafka.connect.datagen.DatagenConnector'],
  version: '0.1.0',
  config: datagenConfig,
  validate: (config) => {
    const plan = planOf(config);
    return 'message' in plan ? [plan] : [];
  },
  planTasks: (raw, maxTasks) => Array.from({ length: maxTasks }, () => raw),
  createTask: (config, context) => new DatagenTask(config, context),
});
