import { dayNames, monthNames, type Token } from './date-pattern.ts';

/** What was read so far; Java's calendar starts at 1970-01-01T00:00:00Z. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  milliseconds: number;
  isAfternoon: boolean;
  isBeforeChrist: boolean;
  offsetMinutes: number;
}

const NUMERIC = 'yMLdDuHkKhmsS';
/** Two digits of a year are of the hundred years from here on. */
const CENTURY_START = 1950;

export const parseDate = (tokens: readonly Token[], text: string): number | undefined => {
  const fields: Fields = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    milliseconds: 0,
    isAfternoon: false,
    isBeforeChrist: false,
    offsetMinutes: 0,
  };
  let position = 0;
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]?.letter;
    const taken = takeToken(token, text.slice(position), next !== undefined && NUMERIC.includes(next), fields);
    if (taken === undefined) return undefined;
    position += taken;
  }
  return millisecondsOf(fields);
};

/** How many characters the token takes; undefined when the text does not go on as it says. */
const takeToken = (token: Token, rest: string, isJoined: boolean, fields: Fields): number | undefined => {
  const { letter, text } = token;
  if (letter === undefined) return rest.startsWith(text) ? text.length : undefined;
  const isName = (letter === 'M' || letter === 'L') && text.length >= 3;
  if (isName) return takeName(monthNames, rest, (index) => (fields.month = index + 1));
  if (NUMERIC.includes(letter)) return takeNumber(token, rest, isJoined, fields);
  if (letter === 'E') return takeName(dayNames, rest, () => undefined);
  if (letter === 'a') return takeName(['AM', 'PM'], rest, (index) => (fields.isAfternoon = index === 1));
  if (letter === 'G') return takeName(['AD', 'BC'], rest, (index) => (fields.isBeforeChrist = index === 1));
  return takeZone(rest, fields);
};

const takeNumber = ({ letter = '', text }: Token, rest: string, isJoined: boolean, fields: Fields): number | undefined => {
  // Digits run together need their width (`yyyyMMdd`); others take what there is.
  const digits = isJoined ? `\\d{1,${String(text.length)}}` : '\\d+';
  const match = new RegExp(`^\\s*(-?${digits})`).exec(rest);
  if (match === null) return undefined;
  const [taken, number = ''] = match;
  setters[letter]?.(fields, letter === 'y' && text.length <= 2 && /^\d\d$/.test(number) ? inCentury(Number(number)) : Number(number));
  return taken.length;
};

const inCentury = (year: number): number => CENTURY_START + ((((year - CENTURY_START) % 100) + 100) % 100);

const setters: Readonly<Record<string, (fields: Fields, value: number) => void>> = {
  y: (fields, value) => (fields.year = value),
  M: (fields, value) => (fields.month = value),
  L: (fields, value) => (fields.month = value),
  d: (fields, value) => (fields.day = value),
  D: (fields, value) => {
    fields.month = 1;
    fields.day = value;
  },
  H: (fields, value) => (fields.hour = value),
  k: (fields, value) => (fields.hour = value === 24 ? 0 : value),
  K: (fields, value) => (fields.hour = value),
  h: (fields, value) => (fields.hour = value === 12 ? 0 : value),
  m: (fields, value) => (fields.minute = value),
  s: (fields, value) => (fields.second = value),
  S: (fields, value) => (fields.milliseconds = value),
};

const takeName = (names: readonly string[], rest: string, set: (index: number) => void): number | undefined => {
  const lower = rest.toLowerCase();
  for (const [index, name] of names.entries()) {
    for (const form of [name, name.slice(0, 3)]) {
      if (!lower.startsWith(form.toLowerCase())) continue;
      set(index);
      return form.length;
    }
  }
  return undefined;
};

const takeZone = (rest: string, fields: Fields): number | undefined => {
  const match = /^(?:UTC|GMT|Z)?(?:([+-])(\d\d?):?(\d\d)?)?/i.exec(rest);
  if (match === null || match[0] === '') return undefined;
  const [taken, sign, hours = '0', minutes = '0'] = match;
  fields.offsetMinutes = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return taken.length;
};

const millisecondsOf = (fields: Fields): number | undefined => {
  const hour = fields.hour + (fields.isAfternoon ? 12 : 0);
  const date = new Date(0);
  date.setUTCFullYear(fields.isBeforeChrist ? 1 - fields.year : fields.year, fields.month - 1, fields.day);
  date.setUTCHours(hour, fields.minute - fields.offsetMinutes, fields.second, fields.milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.getTime();
};
