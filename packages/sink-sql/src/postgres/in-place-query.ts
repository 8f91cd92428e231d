import { Query, type Client, type QueryConfig, type QueryResult } from 'pg';
import type { Duplex } from 'node:stream';

/** What the driver asks of its connection for the parameters of a prepared statement. */
interface Bind {
  readonly portal: string;
  readonly statement: string;
  readonly values: readonly (string | Buffer | null)[];
}

const BIND = 0x42;
const TEXT = 0;
const BINARY = 1;

/**
 * Runs a prepared statement whose parameters are sent from where they lie. The driver would copy them twice, through buffers that grow
 * for each statement anew, and the collection of those costs more than the copies. They must not change until it has settled.
 */
export const queryInPlace = (client: Client, config: QueryConfig): Promise<QueryResult> =>
  new Promise((resolve, reject) => {
    const query = new Query(config, (error: Error | null | undefined, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    });
    const submit = query.submit.bind(query);
    query.submit = (connection) => {
      const bind = (request: Bind): void => {
        sendBind(connection.stream, request);
      };
      submit(Object.create(connection, { bind: { value: bind } }) as typeof connection);
    };
    client.query(query);
  });

/** The driver has corked the stream: what is written here leaves in one call. */
const sendBind = (stream: Duplex, { portal, statement, values }: Bind): void => {
  const parts = values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
  const names = Buffer.from(`${portal}\0${statement}\0`);
  const head = Buffer.allocUnsafe(5 + names.length + 4 + 2 * parts.length);
  const lengths = Buffer.allocUnsafe(4 * parts.length);
  let bytes = head.length - 1 + lengths.length + results.length;
  let at = names.copy(head, 5) + 5;
  at = head.writeInt16BE(parts.length, at);
  for (const value of values) at = head.writeInt16BE(Buffer.isBuffer(value) ? BINARY : TEXT, at);
  head.writeInt16BE(parts.length, at);
  parts.forEach((part, index) => {
    lengths.writeInt32BE(part?.length ?? -1, 4 * index);
    bytes += part?.length ?? 0;
  });
  head[0] = BIND;
  head.writeInt32BE(bytes, 1);
  stream.write(head);
  parts.forEach((part, index) => {
    stream.write(lengths.subarray(4 * index, 4 * index + 4));
    if (part !== null && part.length > 0) stream.write(part);
  });
  stream.write(results);
};

/** All results as texts. */
const results = Buffer.from([0, 1, 0, TEXT]);
