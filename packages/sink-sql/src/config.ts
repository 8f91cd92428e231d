import type { ConfigDef, ConfigOf, ConfigProblem, RawConfig } from '@headrace/foundation';
import { parseConnectionUrl } from './connection-url.ts';
import { sqlOptions } from './options.ts';

const problem = (key: string, message: string): ConfigProblem => ({ key, message });

/** Not the key's own check: its message would repeat the URL, and with it a password. */
const urlProblems = (url: string): readonly ConfigProblem[] => {
  const parsed = parseConnectionUrl(url);
  return 'problem' in parsed ? [problem('connection.url', `connection.url is not usable: ${parsed.problem}.`)] : [];
};

export type SqlConfigKeys = typeof sqlOptions.keys;
export const sqlConfig: ConfigDef<SqlConfigKeys> = sqlOptions;
export type SqlConfig = ConfigOf<SqlConfigKeys>;

/** What only shows between keys. */
export const validateSqlConfig = (config: SqlConfig, raw: RawConfig): readonly ConfigProblem[] => [
  ...urlProblems(config['connection.url']),
  ...keyProblems(config),
  ...transactionProblems(config, raw),
  ...(config['refused.row.stops'].toLowerCase() === 'row' ? [] : stopProblems(config, raw)),
  ...otherProblems(config, raw),
];

/** Whether a change of the source's schema may take a column or its type away from rows that came before. */
export const mayDropColumns = (config: SqlConfig): boolean => {
  const policy = config['schema.evolution.policy'].toLowerCase();
  return config['schema.evolution'].toLowerCase() === 'basic' && (policy === 'evolve' || policy === 'try_evolve');
};

const keyProblems = (config: SqlConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const insertMode = config['insert.mode'].toLowerCase();
  const keyMode = config['primary.key.mode'].toLowerCase();
  if (insertMode !== 'insert' && keyMode === 'none') {
    problems.push(problem('primary.key.mode', `insert.mode=${insertMode} needs a key. Set primary.key.mode to record_key.`));
  }
  if (config['delete.enabled'] && keyMode !== 'record_key') {
    problems.push(
      problem('delete.enabled', 'delete.enabled needs primary.key.mode=record_key: a deleted row is known by its record key only.'),
    );
  }
  if (keyMode === 'record_value' && config['primary.key.fields'].length === 0) {
    problems.push(problem('primary.key.fields', 'primary.key.mode=record_value needs primary.key.fields.'));
  }
  return problems;
};

const otherProblems = (config: SqlConfig, raw: RawConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  if (config['field.include.list'].length > 0 && config['field.exclude.list'].length > 0) {
    problems.push(problem('field.exclude.list', 'field.include.list and field.exclude.list exclude each other.'));
  }
  for (const key of Object.keys(raw)) {
    if (key.startsWith('hibernate.')) problems.push(problem(key, `${key} has no meaning here: there is no Hibernate. Remove it.`));
  }
  return problems;
};

const transactionProblems = (config: SqlConfig, raw: RawConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  if (config['transaction.atomic'] && (raw['tasks.max'] ?? '1').trim() !== '1') {
    problems.push(problem('transaction.atomic', 'transaction.atomic needs tasks.max=1: a transaction is put together by one task.'));
  }
  if (config['transaction.parallel'] > 1 && !config['transaction.atomic']) {
    problems.push(
      problem('transaction.parallel', 'transaction.parallel needs transaction.atomic=true: it applies whole source transactions.'),
    );
  }
  if (config['transaction.atomic'] && mayDropColumns(config)) {
    problems.push(
      problem(
        'schema.evolution.policy',
        'schema.evolution.policy=evolve and try_evolve do not go with transaction.atomic=true: a transaction that waits may need a column that is dropped. Use lenient.',
      ),
    );
  }
  return problems;
};

const stopProblems = (config: SqlConfig, raw: RawConfig): readonly ConfigProblem[] => [
  ...((raw['errors.tolerance'] ?? 'none').trim().toLowerCase() === 'all'
    ? []
    : [problem('refused.row.stops', 'refused.row.stops needs errors.tolerance=all: without it the task fails at the refused row.')]),
  ...(config['transaction.atomic']
    ? [
        problem(
          'refused.row.stops',
          'refused.row.stops does not go with transaction.atomic=true: there a refused row takes its transaction along.',
        ),
      ]
    : []),
];
