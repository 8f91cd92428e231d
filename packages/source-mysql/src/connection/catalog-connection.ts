import { hasReaction } from '@headrace/foundation';
import type { MysqlConfig } from '../config.ts';
import { openConnection, type ServerConnection } from './open-connection.ts';

/** A connection for occasional questions: opened when first needed, and again when the server has closed it meanwhile. */
export class CatalogConnection implements AsyncDisposable {
  readonly #config: MysqlConfig;
  #connection: ServerConnection | undefined;

  constructor(config: MysqlConfig) {
    this.#config = config;
  }

  async query(sql: string, values: readonly unknown[], signal: AbortSignal): Promise<readonly Record<string, unknown>[]> {
    const isFresh = this.#connection === undefined;
    try {
      return await this.#ask(sql, values, signal);
    } catch (error) {
      if (!hasReaction(error, 'retry')) throw error;
      await this.#close();
      if (isFresh) throw error;
      return this.#ask(sql, values, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #ask(sql: string, values: readonly unknown[], signal: AbortSignal): Promise<readonly Record<string, unknown>[]> {
    this.#connection ??= await openConnection(this.#config, signal);
    return this.#connection.query(sql, values, 'a query of the catalog');
  }

  async #close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.[Symbol.asyncDispose]();
  }
}
