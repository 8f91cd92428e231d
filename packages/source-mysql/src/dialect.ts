import { primitive, type StructSchema } from '@headrace/connector-api';
import { sourceBlockSchema } from '@headrace/cdc';
import { isCharacter, isCharacterOrShape } from './binlog/column-types.ts';
import { MariadbGtidSet, MysqlGtidSet, type GtidSet } from './binlog/gtid-set.ts';

/** What differs between the two families of servers. */
export interface Dialect {
  /** As in source blocks and class names. */
  readonly name: 'mysql' | 'mariadb';
  readonly title: string;
  readonly source: StructSchema;
  parseGtids(text: string): GtidSet;
  /** Rows of id and charset for each collation. */
  readonly collationsQuery: string;
  /** Statements, the first that works: where the binlog ends. Columns File, Position and, MySQL, Executed_Gtid_Set. */
  readonly logPositionQueries: readonly string[];
  /** A literal default in plain text, or the call of a function as SQL; null: none. */
  defaultText(raw: string | null, extra: string): string | null;
  /** Types of columns that have an entry in the character set fields of a table map. */
  readonly hasCharset: (type: number) => boolean;
  /** Every transaction has a GTID, and a BEGIN is no event of its own. */
  readonly hasGtidAlways: boolean;
}

const sourceBlock = (name: string): StructSchema =>
  sourceBlockSchema(`io.debezium.connector.${name}.Source`, [
    ['table', primitive('string', { isOptional: true })],
    ['server_id', primitive('int64')],
    ['gtid', primitive('string', { isOptional: true })],
    ['file', primitive('string')],
    ['pos', primitive('int64')],
    ['row', primitive('int32')],
    ['thread', primitive('int64', { isOptional: true })],
    ['query', primitive('string', { isOptional: true })],
  ]);

export const mysqlDialect: Dialect = {
  name: 'mysql',
  title: 'MySQL',
  source: sourceBlock('mysql'),
  parseGtids: (text) => MysqlGtidSet.parse(text),
  collationsQuery: 'SELECT ID AS id, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATIONS',
  logPositionQueries: ['SHOW BINARY LOG STATUS', 'SHOW MASTER STATUS'],
  // The catalog has literals without quotes, and expressions marked as generated.
  defaultText: (raw, extra) => {
    const isExpression = /DEFAULT_GENERATED/i.test(extra) && !/^(current_timestamp|now)\b/i.test(raw ?? '');
    return isExpression ? null : raw;
  },
  hasCharset: isCharacter,
  hasGtidAlways: false,
};

export const mariadbDialect: Dialect = {
  name: 'mariadb',
  title: 'MariaDB',
  source: sourceBlock('mariadb'),
  parseGtids: (text) => MariadbGtidSet.parse(text),
  collationsQuery:
    'SELECT ID AS id, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL',
  logPositionQueries: ['SHOW MASTER STATUS'],
  // The catalog has SQL: literals in quotes, NULL in words.
  defaultText: (raw) => {
    if (raw === null || raw.toUpperCase() === 'NULL') return null;
    const quoted = /^'((?:[^'\\]|''|\\.)*)'$/s.exec(raw)?.[1];
    if (quoted === undefined) return /^(-?[\d.]|b'|current_timestamp|curdate|now)/i.test(raw) ? raw : null;
    return quoted.replaceAll("''", "'").replaceAll(/\\(.)/gs, '$1');
  },
  hasCharset: isCharacterOrShape,
  hasGtidAlways: true,
};
