import type { ConfigType } from './config-type.ts';
import { Secret } from './secret.ts';

export interface ParsedValue {
  readonly value?: unknown;
  /** Why the text is not of that type, in Kafka's words. */
  readonly reason?: string;
}

const INTEGER = /^[+-]?\d+$/;

const integer =
  (type: string, limit: number) =>
  (text: string): ParsedValue => {
    const value = Number(text);
    if (!INTEGER.test(text) || !Number.isSafeInteger(value) || value > limit || value < -limit - 1) {
      return { reason: `Not a number of type ${type}` };
    }
    return { value };
  };

const parsers: Readonly<Record<ConfigType, (text: string) => ParsedValue>> = {
  BOOLEAN: (text) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') return { reason: 'Expected value to be either true or false' };
    return { value: lower === 'true' };
  },
  STRING: (text) => ({ value: text }),
  CLASS: (text) => ({ value: text }),
  SHORT: integer('SHORT', 32_767),
  INT: integer('INT', 2_147_483_647),
  LONG: integer('LONG', Number.MAX_SAFE_INTEGER),
  DOUBLE: (text) => {
    const value = Number(text);
    return text === '' || Number.isNaN(value) ? { reason: 'Not a number of type DOUBLE' } : { value };
  },
  LIST: (text) => ({ value: text === '' ? [] : text.split(',').map((item) => item.trim()) }),
  PASSWORD: (text) => ({ value: new Secret(text) }),
};

/** The text of an option as a value of its type; blanks around it do not count, as in Kafka. */
export const parseValue = (type: ConfigType, text: string): ParsedValue => parsers[type](type === 'PASSWORD' ? text : text.trim());
