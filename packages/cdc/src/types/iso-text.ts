/** Calendar arithmetic on plain numbers: proleptic Gregorian, no Date objects, any year that fits a double. */

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

const DAYS_PER_ERA = 146_097;
/** Days between 0000-03-01, where eras of 400 years start, and the epoch. */
const ERA_OFFSET_DAYS = 719_468;

/** Days since 1970-01-01. Year 0 is 1 BC, as in ISO 8601. */
export const daysFromCivil = (year: number, month: number, day: number): number => {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - ERA_OFFSET_DAYS;
};

/** The inverse of `daysFromCivil`. */
export const civilFromDays = (days: number): CivilDate => {
  const shifted = days + ERA_OFFSET_DAYS;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
};

const two = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));

const yearText = (year: number): string => {
  if (year > 9_999) return `+${String(year)}`;
  if (year < 0) return `-${String(-year).padStart(4, '0')}`;
  return String(year).padStart(4, '0');
};

/** `2017-09-15`; `+21016-11-04` beyond year 9999, `-4713-12-31` before year 0, as Java prints them. */
export const isoDateText = (days: number): string => {
  const { year, month, day } = civilFromDays(days);
  return `${yearText(year)}-${two(month)}-${two(day)}`;
};

/**
 * `11:51:30.123789`. `digits` is the number of fractional digits to print; undefined prints as few as are needed,
 * none for a whole second.
 */
export const isoTimeText = (microsOfDay: number, digits?: number): string => {
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const micros = microsOfDay - seconds * 1_000_000;
  const clock = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(micros).padStart(6, '0');
  if (digits !== undefined) return digits === 0 ? clock : `${clock}.${fraction.slice(0, digits)}`;
  if (micros === 0) return clock;
  let end = 6;
  while (fraction.charCodeAt(end - 1) === 48) end -= 1;
  return `${clock}.${fraction.slice(0, end)}`;
};
