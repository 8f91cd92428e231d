import type { SourceRecord } from '@headrace/connector-api';
import { heartbeatRecord, heartbeatTopic } from '@headrace/cdc';
import { hasReaction, systemCode, toError } from '@headrace/foundation';
import type { Client } from 'pg';
import type { CaptureSettings } from './start/capture-settings.ts';
import { query } from './wire/connection.ts';

/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

/** Records at an interval, for consumers that want to know that we are alive, and a statement with each of them. */
export class Heartbeats {
  readonly #settings: CaptureSettings;
  readonly #client: Client;
  #lastAt: number;

  constructor(settings: CaptureSettings, client: Client) {
    this.#settings = settings;
    this.#client = client;
    this.#lastAt = settings.context.clock.monotonic();
  }

  get isOn(): boolean {
    return this.#settings.config['heartbeat.interval.ms'] > 0;
  }

  isDue(now: number): boolean {
    return this.isOn && now - this.#lastAt >= this.#settings.config['heartbeat.interval.ms'];
  }

  /** One beat: its record, after heartbeat.action.query was run. */
  async beat(now: number): Promise<SourceRecord> {
    this.#lastAt = now;
    const { config, context } = this.#settings;
    await this.#act();
    return heartbeatRecord(heartbeatTopic(config), config['topic.prefix'], context.clock.now());
  }

  /** As in Debezium, a statement that fails is told, and ends the task only where its table is missing. */
  async #act(): Promise<void> {
    const { config, context } = this.#settings;
    const text = config['heartbeat.action.query'];
    if (text === null) return;
    try {
      await query(this.#client, text);
    } catch (error) {
      const { cause, message } = toError(error);
      if (hasReaction(error, 'retry') || systemCode(toError(cause)) === UNDEFINED_TABLE) throw error;
      context.log.warn('heartbeat.action.query failed.', { reason: message });
    }
  }
}
