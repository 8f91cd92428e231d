import type { ConfigProblem, RawConfig } from '@headrace/foundation';
import type { CdcConfig } from './cdc-config.ts';
import { columnRuleProblems } from '../columns/column-rules.ts';
import { refuseUnsupported, unsupportedCdcOptions, type UnsupportedOption } from './unsupported-options.ts';

const exclusive = [
  ['table.include.list', 'table.exclude.list'],
  ['column.include.list', 'column.exclude.list'],
] as const;

/** Problems between the common keys, and options that are not built; `own` names the connector's. */
export const validateCdc = (config: CdcConfig, raw: RawConfig, own: readonly UnsupportedOption[]): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [...refuseUnsupported(raw, [...unsupportedCdcOptions, ...own], config), ...columnRuleProblems(raw)];
  for (const [include, exclude] of exclusive) {
    if (isGiven(raw[include]) && isGiven(raw[exclude])) problems.push(excludeEachOther(include, exclude));
  }
  if (config['max.queue.size'] <= config['max.batch.size']) {
    problems.push({
      key: 'max.queue.size',
      value: String(config['max.queue.size']),
      message: `Invalid value ${String(config['max.queue.size'])} for configuration max.queue.size: it must exceed max.batch.size.`,
    });
  }
  return problems;
};

/** Both lists are given. */
export const excludeEachOther = (include: string, exclude: string): ConfigProblem => ({
  key: exclude,
  message: `Configurations ${include} and ${exclude} exclude each other: give one of them.`,
});

const isGiven = (value: string | null | undefined): boolean => value !== undefined && value !== null && value.trim() !== '';
