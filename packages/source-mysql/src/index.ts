export { mariadbSource, mysqlSource } from './connector.ts';
export type { MysqlConfig, MysqlKeys } from './config.ts';
export { errors } from './errors.ts';
