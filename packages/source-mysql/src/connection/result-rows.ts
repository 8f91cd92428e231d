/**
 * Rows of one SELECT in the binary protocol, read from our own socket: exact numbers and dates without text, one row at a
 * time, as slowly as the reader wants (the socket's pause reaches the server).
 *
 * PREPARE -> statement id, definitions; EXECUTE -> column count, definitions, EOF, rows, EOF; CLOSE has no answer.
 */
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { asSourceError, serverErrorOf } from './connection-errors.ts';
import type { ServerSocket } from './server-socket.ts';

const COM_STMT_PREPARE = 0x16;
const COM_STMT_EXECUTE = 0x17;
const COM_STMT_CLOSE = 0x19;
const ERROR = 0xff;
const END_OF_FILE = 0xfe;
const MAX_END_OF_FILE_BYTES = 9;

export type Arrival = 'row' | 'end' | 'dry';

export class ResultRows {
  /** At the null bits of the present row: they start with bit 2. */
  readonly cursor: ByteCursor = new ByteCursor(Buffer.alloc(0));
  readonly #socket: ServerSocket;
  readonly #statement: Buffer;
  readonly #explain: (packet: Buffer) => Error;
  #isOver = false;

  private constructor(socket: ServerSocket, statement: Buffer, explain: (packet: Buffer) => Error) {
    this.#socket = socket;
    this.#statement = statement;
    this.#explain = explain;
  }

  /** Runs the query. Rows must be read to the end before the socket is used again. */
  static async open(socket: ServerSocket, sql: string, doing: string, signal: AbortSignal): Promise<ResultRows> {
    const explain = (packet: Buffer): Error => asSourceError(serverErrorOf(packet), doing, 'the server');
    const statement = await prepare(socket, sql, explain, signal);
    socket.send(executing(statement));
    const header = await socket.take(signal);
    if (header[0] === ERROR) throw explain(header);
    await skipDefinitions(socket, new ByteCursor(header).lengthEncoded(), signal);
    return new ResultRows(socket, statement, explain);
  }

  /** Moves to the next row; false at the end. */
  async next(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const arrival = this.advance();
      if (arrival !== 'dry') return arrival === 'row';
      await this.#socket.wait(signal);
    }
  }

  /** `row`: moved to the next one. `end`: there are no more. `dry`: nothing has arrived. */
  advance(): Arrival {
    if (this.#isOver) return 'end';
    const { cursor } = this;
    if (!this.#socket.nextInto(cursor)) return 'dry';
    const marker = cursor.bytes[cursor.offset];
    if (marker === ERROR) throw this.#explain(cursor.bytes.subarray(cursor.offset, cursor.end));
    if (marker === END_OF_FILE && cursor.remaining < MAX_END_OF_FILE_BYTES) {
      this.#isOver = true;
      this.#socket.send(closing(this.#statement));
      return 'end';
    }
    cursor.skip(1);
    return 'row';
  }
}

/** Definitions and the EOF behind them; nothing at all where there are none. */
const skipDefinitions = async (socket: ServerSocket, count: number, signal: AbortSignal): Promise<void> => {
  if (count === 0) return;
  for (let left = count; left >= 0; left -= 1) await socket.take(signal);
};

/** Id of the statement. */
const prepare = async (socket: ServerSocket, sql: string, explain: (packet: Buffer) => Error, signal: AbortSignal): Promise<Buffer> => {
  socket.send(Buffer.concat([Buffer.from([COM_STMT_PREPARE]), Buffer.from(sql)]));
  const prepared = await socket.take(signal);
  if (prepared[0] === ERROR) throw explain(prepared);
  await skipDefinitions(socket, prepared.readUInt16LE(5), signal);
  return Buffer.from(prepared.subarray(1, 5));
};

const executing = (statement: Buffer): Buffer => {
  const execute = Buffer.alloc(10);
  execute.writeUInt8(COM_STMT_EXECUTE, 0);
  statement.copy(execute, 1);
  execute.writeUInt32LE(1, 6);
  return execute;
};

const closing = (statement: Buffer): Buffer => Buffer.concat([Buffer.from([COM_STMT_CLOSE]), statement]);

/** Runs a statement that gives no rows and can be prepared. */
export const runStatement = async (socket: ServerSocket, sql: string, doing: string, signal: AbortSignal): Promise<void> => {
  const explain = (packet: Buffer): Error => asSourceError(serverErrorOf(packet), doing, 'the server');
  const statement = await prepare(socket, sql, explain, signal);
  socket.send(executing(statement));
  const answer = await socket.take(signal);
  if (answer[0] === ERROR) throw explain(answer);
  socket.send(closing(statement));
};
