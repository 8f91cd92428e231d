import { defineConfig } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { primitive } from '../schema.ts';
import { defineSinkConnector, type SinkTask } from '../sink-connector.ts';
import { defineSourceConnector, type SourceTask } from '../source-connector.ts';
import type { PredicatePlugin, TransformPlugin } from '../transform.ts';
import { converterChecks, predicateChecks, transformChecks } from './conversion-checks.ts';
import type { Check } from './check.ts';
import { sinkChecks } from './sink-checks.ts';
import { sourceChecks } from './source-checks.ts';

const config = defineConfig({ topic: { type: 'STRING', default: 't', importance: 'HIGH', doc: 'Where to.' } });
const common = { topic: 't', partition: 0, keySchema: null, key: null, valueSchema: primitive('int64'), headers: [], timestamp: 0 };

/** Names of the checks that fail. */
const failed = async (checks: readonly Check[]): Promise<readonly string[]> => {
  const names: string[] = [];
  for (const check of checks) await check.run().catch(() => names.push(check.name));
  return names;
};

const dispose = { [Symbol.asyncDispose]: () => Promise.resolve() };

/** Counts up from where `from` says. */
const source = (from: (stored: number | undefined) => number, poll?: SourceTask['poll']) =>
  defineSourceConnector({
    name: 'counter',
    classNames: ['org.example.Counter'],
    version: '1.0',
    config,
    planTasks: (raw) => [raw],
    createTask: (_, context) => {
      let last = 0;
      return {
        start: async () => {
          last = from((await context.position({ p: 1 }))?.['last'] as number | undefined);
        },
        poll:
          poll ??
          (async (signal) => {
            await context.clock.sleep(1, signal);
            last += 1;
            return { records: [{ ...common, value: BigInt(last) }], positions: [{ partition: { p: 1 }, offset: { last } }] };
          }),
        acknowledge: () => undefined,
        ...dispose,
      };
    },
  });

describe('the conformance suite of sources', () => {
  test('finds nothing wrong with one that is right', async () => {
    expect(await failed(sourceChecks({ connector: source((stored) => stored ?? 0), config: {} }))).toEqual([]);
  });

  test('finds one that begins anew after a restart, and one that leaves a record out', async () => {
    const resumes = 'goes on behind the position that is stored, without a gap and without a repetition';
    expect(await failed(sourceChecks({ connector: source(() => 0), config: {} }))).toEqual([resumes]);
    expect(await failed(sourceChecks({ connector: source((stored) => (stored ?? -1) + 1), config: {} }))).toEqual([resumes]);
  });

  test('finds one that does not listen when it is told to stop', async () => {
    const deaf = source(
      () => 0,
      () => new Promise(() => undefined),
    );
    const checks = sourceChecks({ connector: deaf, config: {} }).filter(({ name }) => name.startsWith('gives up'));
    expect(await failed(checks)).toEqual(['gives up a wait for records when it is told to stop']);
  });
});

describe('the conformance suite of sinks', () => {
  const sinkOf = (target: unknown[], flush: (buffer: unknown[]) => void) =>
    defineSinkConnector({
      name: 'list',
      classNames: ['org.example.List'],
      version: '1.0',
      config,
      isFenced: false,
      createTask: (): SinkTask => {
        const buffer: unknown[] = [];
        return {
          start: () => Promise.resolve([]),
          put: (records) => {
            buffer.push(...records);
            return Promise.resolve();
          },
          flush: () => {
            flush(buffer);
            return Promise.resolve();
          },
          ...dispose,
        };
      },
    });
  const records = [0n, 1n].map((offset) => ({ ...common, value: offset, offset, original: { topic: 't', partition: 0, offset } }));
  const checksOf = (flush: (target: unknown[], buffer: unknown[]) => void): readonly Check[] => {
    const target: unknown[] = [];
    const connector = sinkOf(target, (buffer) => {
      flush(target, buffer);
    });
    return sinkChecks({ connector, config: {}, records, count: () => Promise.resolve(target.length) });
  };

  test('finds nothing wrong with one that is right', async () => {
    expect(await failed(checksOf((target, buffer) => target.push(...buffer.splice(0))))).toEqual([]);
  });

  test('finds one whose flush does not wait for its records', async () => {
    expect(await failed(checksOf(() => undefined))).toContain('has what was put in its target when flush resolves');
  });
});

describe('the conformance suite of converters, transforms and predicates', () => {
  test('finds a converter that changes values', async () => {
    const plugin = {
      kind: 'converter' as const,
      classNames: ['org.example.Lossy'],
      version: '1.0',
      config,
      create: () => ({
        encoderFor: () => Promise.resolve(() => Buffer.from('x')),
        decode: (_: string, bytes: Uint8Array | null) => ({ schema: null, value: bytes === null ? null : 'y' }),
      }),
    };
    expect(await failed(converterChecks({ plugin, config: {}, values: [{ schema: null, value: 'z' }] }))).toEqual([
      'gives keys back as they were',
      'gives values back as they were',
    ]);
  });

  test('finds a transform that writes into its record', async () => {
    const plugin: TransformPlugin = {
      kind: 'transformation',
      classNames: ['org.example.Careless'],
      version: '1.0',
      config,
      create: () => (record) => Object.assign(record, { topic: `${record.topic}x` }),
    };
    expect(await failed(transformChecks({ plugin, config: {}, records: [{ ...common, value: 1n }] }))).toContain(
      'leaves the record that it is given as it is',
    );
  });

  test('finds a predicate that remembers what it was asked before', async () => {
    let isFirst = true;
    const plugin: PredicatePlugin = {
      kind: 'predicate',
      classNames: ['org.example.Once'],
      version: '1.0',
      config,
      create: () => () => {
        const answer = isFirst;
        isFirst = false;
        return answer;
      },
    };
    const sample = { plugin, config: {}, matching: [{ ...common, value: 1n }], others: [] };
    expect(await failed(predicateChecks(sample))).toEqual(['holds for the records that it is to hold for, and for no others, each time']);
    const steady = { ...plugin, create: () => () => true };
    expect(await failed(predicateChecks({ ...sample, plugin: steady }))).toEqual([]);
  });
});
