import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LoneWorker } from '../support/lone-worker.ts';
import { unique } from '../support/product.ts';
import { runScript } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

const ERRORS = 'kafka_connect_task_error_metrics_';

describe('a converter whose registry is away', () => {
  let lone: LoneWorker;

  beforeAll(async () => {
    lone = await LoneWorker.start({ 'task.retry.timeout.ms': '10000' }, 'kafka,registry');
  }, 240_000);

  afterAll(async () => {
    await runScript('stack', ['start', 'registry']);
    await lone[Symbol.asyncDispose]();
  });

  test('is asked again for errors.retry.timeout, no record is skipped meanwhile, and without the option the task fails', async () => {
    const [patient, hasty] = [unique('patient'), unique('hasty')];
    const source = {
      ...{
        'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
        quickstart: 'users',
        iterations: '50',
        'max.interval': '0',
      },
      ...{ 'value.converter': 'io.confluent.connect.avro.AvroConverter', 'value.converter.schema.registry.url': lone.registryUrl },
      // Skips what fails for good, and never for an outage.
      'errors.tolerance': 'all',
    };
    await runScript('stack', ['stop', 'registry']);
    await lone.worker.rest.create(patient, {
      ...source,
      'kafka.topic': patient,
      'errors.retry.timeout': '-1',
      'errors.retry.delay.max.ms': '200',
    });
    await lone.worker.rest.create(hasty, { ...source, 'kafka.topic': hasty });
    expect(await lone.worker.rest.failed(hasty, 150_000)).toContain('No schema registry');
    await until('retries are counted', async () => ((await lone.metric(`${ERRORS}total_retries`, patient)) ?? 0) > 0, { withinMs: 60_000 });
    await runScript('stack', ['start', 'registry']);
    expect(await lone.messages(patient, 50, 120_000)).toHaveLength(50);
    expect(await lone.metric(`${ERRORS}total_records_skipped`, patient)).toBe(0);
  });
});
