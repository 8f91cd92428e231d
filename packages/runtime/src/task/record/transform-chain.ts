import type { ConnectRecord, Predicate, Transform } from '@headrace/connector-api';
import { TaskFailure, type RawConfig } from '@headrace/foundation';
import { canonicalName } from '../../config/plugin-keys.ts';
import type { PluginRegistry } from '../../plugins/plugin-registry.ts';
import { taskErrors } from '../errors.ts';
import { listOf, withoutPrefix } from './raw-config.ts';
import { StageError } from './stage-error.ts';

interface Step {
  readonly className: string;
  readonly transform: Transform;
  /** Left out: always. */
  readonly condition: Predicate | undefined;
}

/** The transforms of a connector, in order. */
export interface TransformChain {
  readonly isEmpty: boolean;
  /** The record after all steps; null when one dropped it. Throws StageError. */
  apply<R extends ConnectRecord>(record: R): R | null;
}

/** Builds the chain from `transforms`, `transforms.<alias>.*`, `predicates` and `predicates.<alias>.*`. */
export const createTransformChain = (raw: RawConfig, plugins: PluginRegistry): TransformChain => {
  const predicates = new Map(listOf(raw, 'predicates').map((alias) => [alias, predicateOf(raw, alias, plugins)]));
  const steps = listOf(raw, 'transforms').map((alias) => stepOf(raw, alias, plugins, predicates));
  return {
    isEmpty: steps.length === 0,
    apply: (record) => {
      let current = record;
      for (const step of steps) {
        const next = applyStep(step, current);
        if (next === null) return null;
        current = next;
      }
      return current;
    },
  };
};

const applyStep = <R extends ConnectRecord>(step: Step, record: R): R | null => {
  try {
    return step.condition === undefined || step.condition(record) ? step.transform(record) : record;
  } catch (error) {
    throw new StageError('TRANSFORMATION', step.className, error);
  }
};

const stepOf = (raw: RawConfig, alias: string, plugins: PluginRegistry, predicates: ReadonlyMap<string, Predicate>): Step => {
  const own = withoutPrefix(raw, `transforms.${alias}.`);
  const given = own['type'] ?? '';
  const plugin = plugins.transform(given);
  if (plugin === undefined) throw unknownPlugin(`transforms.${alias}.type`, given);
  const className = canonicalName(plugin, given);
  const transform = plugin.create(own);
  const name = own['predicate'];
  if (name === undefined || name === null) return { className, transform, condition: undefined };
  const predicate = predicates.get(name);
  if (predicate === undefined) throw unknownPlugin(`transforms.${alias}.predicate`, name);
  const isNegated = own['negate']?.trim().toLowerCase() === 'true';
  return { className, transform, condition: isNegated ? (record) => !predicate(record) : predicate };
};

const predicateOf = (raw: RawConfig, alias: string, plugins: PluginRegistry): Predicate => {
  const own = withoutPrefix(raw, `predicates.${alias}.`);
  const className = own['type'] ?? '';
  const plugin = plugins.predicate(className);
  if (plugin === undefined) throw unknownPlugin(`predicates.${alias}.type`, className);
  return plugin.create(own);
};

export const unknownPlugin = (key: string, className: string): TaskFailure => {
  const { code, hint } = taskErrors.unknown_plugin;
  return new TaskFailure(code, `This worker has nothing called "${className}", which ${key} asks for. ${hint}`, {
    fields: { key, className },
  });
};
