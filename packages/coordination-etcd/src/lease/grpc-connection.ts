import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type SecureClientSessionOptions } from 'node:http2';

/** Those of gRPC's statuses that a caller tells apart. */
export const grpcStatus = { notFound: 5, permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** The server's answer where it is not a message. */
export class GrpcStatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly message: Uint8Array;
  /** Sent beside it: etcd's `token`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Before each message: whether it is compressed, and its length. */
const FRAME_BYTES = 5;

/** Calls of one message and one answer, over a connection that is opened by the first of them and again when it has broken. */
export class GrpcConnection implements Disposable {
  readonly #endpoint: string;
  readonly #tls: SecureClientSessionOptions;
  #session: ClientHttp2Session | undefined;

  constructor(endpoint: string, tls: SecureClientSessionOptions = {}) {
    this.#endpoint = /^https?:/.test(endpoint) ? endpoint : `http://${endpoint}`;
    this.#tls = tls;
  }

  /**
   * The answer's message. GrpcStatusError when there is none. A call that is aborted takes the connection along: its server may
   * have gone without a word.
   */
  async call(call: GrpcCall, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const session = this.#opened();
    try {
      return await exchange(session, call, signal);
    } catch (error) {
      if (!(error instanceof GrpcStatusError)) session.destroy();
      signal.throwIfAborted();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
  }

  #opened(): ClientHttp2Session {
    const present = this.#session;
    if (present !== undefined && !present.closed && !present.destroyed) return present;
    const session = connect(this.#endpoint, this.#tls);
    // Every call over it is told by its own stream.
    session.on('error', () => undefined);
    this.#session = session;
    return session;
  }
}

const exchange = (session: ClientHttp2Session, { path, message, metadata }: GrpcCall, signal: AbortSignal): Promise<Buffer> => {
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...metadata };
  const stream = session.request(headers, { signal });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status: number | undefined;
    let reason = '';
    // The status comes after the message, or in its place.
    const note = (received: IncomingHttpHeaders): void => {
      const given = received['grpc-status'];
      if (given === undefined) return;
      status = Number(given);
      reason = decodeURIComponent(String(received['grpc-message'] ?? ''));
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (status === undefined) reject(new Error('the connection ended before the answer'));
      else if (status === 0) resolve(unframed(Buffer.concat(chunks)));
      else reject(new GrpcStatusError(status, reason));
    });
    stream.end(framed(message));
  });
};

const framed = (message: Uint8Array): Buffer => {
  const frame = Buffer.alloc(FRAME_BYTES + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, FRAME_BYTES);
  return frame;
};

/** None at all is the message without fields. */
const unframed = (frame: Buffer): Buffer =>
  frame.length < FRAME_BYTES ? Buffer.alloc(0) : frame.subarray(FRAME_BYTES, FRAME_BYTES + frame.readUInt32BE(1));
