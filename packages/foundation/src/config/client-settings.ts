import type { RawConfig } from './config-def.ts';

/** Settings of Kafka's clients, by their names; values that are secret included. */
export type ClientSettings = Readonly<Record<string, string>>;

/** Those of a configuration that `nameOf` gives a name to; values that are null are left out. */
export const pickSettings = (raw: RawConfig, nameOf: (key: string) => string | undefined): ClientSettings =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) => {
      const name = nameOf(key);
      return name === undefined || value === null ? [] : [[name, value]];
    }),
  );
