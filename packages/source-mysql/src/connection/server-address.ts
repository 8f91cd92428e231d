import type { MysqlConfig } from '../config.ts';

/** `host:port`, as messages name the server. */
export const serverAddress = (config: MysqlConfig): string => `${config['database.hostname']}:${String(config['database.port'])}`;
