import { int64, type Schema } from '@headrace/connector-api';
import { offsetText, type ZoneOffset } from './zone-offset.ts';

/** Converts a value that is not null. `eventMs` is when its event happened. */
export type ZoneConversion = (value: unknown, zone: ZoneOffset, eventMs: number) => unknown;

/** A local time without a zone: what the clocks of the zone showed becomes the instant in UTC. */
const localUnits =
  (perMs: bigint): ZoneConversion =>
  (value, zone) => {
    const units = BigInt(value as number | bigint);
    const ms = units / perMs - (units % perMs < 0n ? 1n : 0n);
    return int64(units - BigInt(zone.atLocal(Number(ms))) * perMs);
  };

const ISO = /^(?:(\d{4,}-\d\d-\d\d)T)?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)$/;

/** The same instant with the offset of the zone. */
const zoned: ZoneConversion = (value, zone, eventMs) => {
  const match = typeof value === 'string' ? ISO.exec(value) : null;
  if (match === null) return value;
  const [, date, hours = '00', minutes = '00', seconds = '00', fraction = '', offset = 'Z'] = match;
  const local = Date.parse(`${date ?? '1970-01-01'}T${hours}:${minutes}:${seconds}.000Z`);
  const instant = local - offsetMs(offset);
  const target = zone.atInstant(date === undefined ? eventMs : instant);
  const text = new Date(instant + target).toISOString().slice(0, 19);
  return `${date === undefined ? text.slice(11) : text}${fraction === '' ? '' : `.${fraction}`}${offsetText(target)}`;
};

const offsetMs = (text: string): number => {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
};

const conversions: Readonly<Record<string, ZoneConversion>> = {
  'io.debezium.time.Timestamp': localUnits(1n),
  'io.debezium.time.MicroTimestamp': localUnits(1_000n),
  'io.debezium.time.NanoTimestamp': localUnits(1_000_000n),
  'org.apache.kafka.connect.data.Timestamp': localUnits(1n),
  'io.debezium.time.ZonedTimestamp': zoned,
  'io.debezium.time.ZonedTime': zoned,
};

/** undefined for types that have no zone to convert: dates, times, everything else. */
export const zoneConversionOf = ({ name }: Schema): ZoneConversion | undefined => (name === undefined ? undefined : conversions[name]);
