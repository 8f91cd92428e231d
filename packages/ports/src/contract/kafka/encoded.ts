import { EncodedRecords, RecordPlaces } from '@headrace/connector-api';
import type { OutgoingEncoded, OutgoingHeader } from '../../record-writer.ts';

export interface EncodedContent {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
}

/** Records as bytes in one buffer; releasing them overwrites it, as their source might. */
export const encodedOf = (contents: readonly EncodedContent[], headers: readonly OutgoingHeader[] = []): OutgoingEncoded => {
  const topics = [...new Set(contents.map(({ topic }) => topic))];
  const places = new RecordPlaces();
  const parts: Buffer[] = [];
  let at = 0;
  const write = (text: string | null): number => {
    if (text === null) return -1;
    const bytes = Buffer.from(text);
    parts.push(bytes);
    at += bytes.length;
    return at;
  };
  for (const { topic, key, value } of contents) {
    const start = at;
    const keyEnd = write(key);
    places.add(topics.indexOf(topic), start, keyEnd, write(value));
  }
  const bytes = Buffer.concat(parts);
  const { count } = places;
  const onRelease = (): void => {
    bytes.fill(0xff);
  };
  return { encoded: new EncodedRecords({ topics, headers: [], bytes, places: places.take(count), count, onRelease }), headers };
};
