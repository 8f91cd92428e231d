/** The difference between local time and UTC in a zone, as `java.time.ZoneId` knows it. */
export interface ZoneOffset {
  /** Milliseconds to add to UTC at an instant. */
  atInstant(milliseconds: number): number;
  /** Milliseconds to add to UTC when the clocks of the zone show a local time. */
  atLocal(milliseconds: number): number;
}

/** A zone id (`Europe/Berlin`, `UTC`) or an offset (`+05:30`); undefined when it is neither. */
export const zoneOffset = (text: string): ZoneOffset | undefined => {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(text);
  if (fixed !== null) {
    const [, sign, hours = '0', minutes = '0'] = fixed;
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    return { atInstant: () => offset, atLocal: () => offset };
  }
  return /^[+-]/.test(text) ? undefined : namedZone(text);
};

const namedZone = (timeZone: string): ZoneOffset | undefined => {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  const atInstant = (ms: number): number => {
    const name = format.formatToParts(new Date(ms)).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  };
  // In the hour that a change skips or repeats the earlier offset counts, as in Java.
  return {
    atInstant,
    atLocal: (ms) => {
      const earlier = atInstant(ms - 86_400_000);
      return atInstant(ms - earlier) === earlier ? earlier : atInstant(ms - atInstant(ms));
    },
  };
};

/** `Z`, `+01:00`. */
export const offsetText = (milliseconds: number): string => {
  if (milliseconds === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(milliseconds) / 60_000);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${milliseconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
};
