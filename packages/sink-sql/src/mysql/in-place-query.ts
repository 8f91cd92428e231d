import type { Connection, ResultSetHeader } from 'mysql2/promise';

/** Bytes before a statement's text that are left to the driver: it puts the head of a packet there. */
export const PACKET_ROOM = 16;

/** What the driver writes: bytes up to `end`, of which the first four are the packet's length and number. */
interface Packet {
  buffer: Buffer;
  end: number;
  offset: number;
}

interface PacketWriter {
  writePacket(packet: Packet): void;
}

/** The driver's query, as far as it says how it begins. */
interface Query {
  start(received: unknown, connection: PacketWriter): unknown;
}

type Done = (error: Error | null, result: ResultSetHeader) => void;

/** What is behind the driver's promises, and not told in its types. */
interface CoreConnection {
  readonly constructor: { createQuery(sql: string, values: readonly unknown[], done: Done, config: object): Query };
  readonly config: object;
  query(query: Query): void;
}

/**
 * Runs a statement whose text is bytes, with PACKET_ROOM before them, from where they lie. The driver would make them of a string, in
 * memory of its own for each statement. They must not change until it has settled.
 */
export const queryInPlace = (connection: Connection, text: Buffer): Promise<ResultSetHeader> =>
  new Promise((resolve, reject) => {
    const { connection: core } = connection as unknown as { readonly connection: CoreConnection };
    const done: Done = (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    };
    const query = core.constructor.createQuery('', [], done, core.config);
    const start = query.start.bind(query);
    query.start = (received, writer) => {
      const writePacket = (empty: Packet): void => {
        writer.writePacket(withText(empty, text));
      };
      return start(received, Object.create(writer, { writePacket: { value: writePacket } }) as PacketWriter);
    };
    core.query(query);
  });

/** The packet of an empty statement with a text behind it. */
const withText = (empty: Packet, text: Buffer): Packet => {
  const head = empty.buffer.subarray(0, empty.end);
  const whole = Buffer.from(text.buffer, text.byteOffset - head.length, head.length + text.length);
  head.copy(whole);
  empty.buffer = whole;
  empty.end = whole.length;
  empty.offset = whole.length;
  return empty;
};
