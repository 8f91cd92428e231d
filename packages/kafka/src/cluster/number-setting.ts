import type { ConfigProblem } from '@headrace/foundation';

/** Reads one whole number of a client's settings, by its Kafka name; what is wrong with it is added to `problems`. */
export const numberSetting =
  (config: Readonly<Record<string, string>>, problems: ConfigProblem[]) =>
  (key: string, fallback: number, min: number): number => {
    const text = config[key];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= min) return value;
    problems.push({ key, value: text, message: `${key} is "${text}"; it has to be a whole number of at least ${String(min)}.` });
    return fallback;
  };
