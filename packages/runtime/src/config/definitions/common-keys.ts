import { uniqueAliases, type PlacedKeys } from './placed-keys.ts';

const COMMON = 'Common';
const ERRORS = 'Error Handling';

/** Unicode's control characters are those of ISO 6429: C0, DEL and C1. */
const CONTROL_CHARACTER = /\p{Cc}/u;

const connectorName = (value: unknown): string | undefined => {
  const text = String(value);
  if (text === '') return 'String must be non-empty';
  return CONTROL_CHARACTER.test(text) ? 'String may not contain control sequences' : undefined;
};

const converter = (side: 'Key' | 'Value' | 'Header', order: number): PlacedKeys => {
  const prefix = `${side.toLowerCase()}.converter`;
  return {
    [prefix]: {
      type: 'CLASS',
      default: null,
      importance: 'LOW',
      group: COMMON,
      orderInGroup: order,
      width: 'SHORT',
      displayName: `${side} converter class`,
      doc: `Turns record ${side === 'Header' ? 'headers' : `${side.toLowerCase()}s`} into bytes and back. Left out, the worker's own converter and its settings apply as a whole.`,
    },
    [`${prefix}.plugin.version`]: {
      type: 'STRING',
      default: null,
      importance: 'LOW',
      group: COMMON,
      orderInGroup: order + 1,
      width: 'SHORT',
      displayName: `${side} converter version`,
      doc: `Version, or range of versions, that the ${side.toLowerCase()} converter must have.`,
    },
  };
};

/**
 * The options every connector has, in the order Kafka Connect 4.3 lists them. Names, types, defaults, groups, orders and
 * display names are its own (clients build forms from them); the documentation is ours.
 */
export const commonKeys: PlacedKeys = {
  name: {
    type: 'STRING',
    importance: 'HIGH',
    group: COMMON,
    orderInGroup: 1,
    width: 'MEDIUM',
    displayName: 'Connector name',
    doc: 'Name of the connector, unique in the cluster.',
    validate: connectorName,
  },
  'connector.class': {
    type: 'STRING',
    importance: 'HIGH',
    group: COMMON,
    orderInGroup: 2,
    width: 'LONG',
    displayName: 'Connector class',
    doc: 'What the connector is: a class name, its last part, or that without "Connector".',
  },
  'connector.plugin.version': {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    group: COMMON,
    orderInGroup: 3,
    width: 'MEDIUM',
    displayName: 'Connector version',
    doc: 'Version, or range of versions, that the connector must have.',
  },
  'tasks.max': {
    type: 'INT',
    default: '1',
    min: 1,
    importance: 'HIGH',
    group: COMMON,
    orderInGroup: 4,
    width: 'SHORT',
    displayName: 'Tasks max',
    doc: 'Most tasks the connector may use.',
  },
  'tasks.max.enforce': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    group: COMMON,
    orderInGroup: 5,
    width: 'SHORT',
    displayName: 'Enforce tasks max',
    doc: 'Deprecated. Whether a connector that plans more tasks than tasks.max fails.',
  },
  ...converter('Key', 6),
  ...converter('Value', 8),
  ...converter('Header', 10),
  transforms: {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    group: 'Transforms',
    orderInGroup: 12,
    width: 'LONG',
    displayName: 'Transforms',
    doc: 'Aliases of the transformations applied to each record, in order.',
    validate: uniqueAliases,
  },
  predicates: {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    group: 'Predicates',
    orderInGroup: 13,
    width: 'LONG',
    displayName: 'Predicates',
    doc: 'Aliases of the predicates that transformations may refer to.',
    validate: uniqueAliases,
  },
  'config.action.reload': {
    type: 'STRING',
    default: 'restart',
    values: ['none', 'restart'],
    importance: 'LOW',
    group: COMMON,
    orderInGroup: 14,
    width: 'MEDIUM',
    displayName: 'Reload Action',
    doc: 'What happens when a referenced secret changes: restart the connector, or nothing.',
  },
  'errors.retry.timeout': {
    type: 'LONG',
    default: '0',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 1,
    width: 'MEDIUM',
    displayName: 'Retry Timeout for Errors',
    doc: 'Milliseconds for which a failed operation is tried again; 0 for not at all, -1 for ever.',
  },
  'errors.retry.delay.max.ms': {
    type: 'LONG',
    default: '60000',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 2,
    width: 'MEDIUM',
    displayName: 'Maximum Delay Between Retries for Errors',
    doc: 'Longest pause between two attempts, in milliseconds.',
  },
  'errors.tolerance': {
    type: 'STRING',
    default: 'none',
    values: ['none', 'all'],
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 3,
    width: 'SHORT',
    displayName: 'Error Tolerance',
    doc: 'Whether a record that cannot be handled fails the task (none) or is skipped (all).',
  },
  'errors.log.enable': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 4,
    width: 'SHORT',
    displayName: 'Log Errors',
    doc: 'Whether each tolerated error is logged.',
  },
  'errors.log.include.messages': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 5,
    width: 'SHORT',
    displayName: 'Log Error Details',
    doc: 'Whether such a log line says which record it was.',
  },
};
