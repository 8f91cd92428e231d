import { connect } from 'node:net';

import type { Health } from '../types.ts';

const timeoutMs = 1500;
const notReady: Health = { isReady: false };

interface Conversation {
  readonly port: number;
  readonly request?: Buffer;
  /** Looks at all bytes received so far; undefined asks for more. */
  readonly judge: (received: Buffer) => Health | undefined;
}

async function converse({ port, request, judge }: Conversation): Promise<Health> {
  const { promise, resolve } = Promise.withResolvers<Health>();
  const socket = connect({ port, host: '127.0.0.1' });
  let received = Buffer.alloc(0);
  socket.setTimeout(timeoutMs, () => {
    resolve(notReady);
  });
  socket.on('error', () => {
    resolve(notReady);
  });
  socket.on('close', () => {
    resolve(notReady);
  });
  socket.on('connect', () => {
    if (request !== undefined) socket.write(request);
  });
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const verdict = judge(received);
    if (verdict !== undefined) resolve(verdict);
  });
  return promise.finally(() => socket.destroy());
}

export async function isPortOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(timeoutMs, () => {
    resolve(false);
  });
  socket
    .on('error', () => {
      resolve(false);
    })
    .on('connect', () => {
      resolve(true);
    });
  return promise.finally(() => socket.destroy());
}

export async function probeHttp(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return response.ok ? text : undefined;
  } catch {
    return undefined;
  }
}

/** True when the broker itself is in the metadata it serves: it is registered and not fenced. */
export async function probeKafka(port: number): Promise<Health> {
  const clientId = Buffer.from('headrace-stack');
  const request = Buffer.alloc(4 + 10 + clientId.length + 4);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(3, 4); // Metadata
  request.writeInt16BE(1, 6); // v1: an empty topic array asks for brokers only
  request.writeInt32BE(7, 8);
  request.writeInt16BE(clientId.length, 12);
  clientId.copy(request, 14);
  return converse({
    port,
    request,
    judge: (received) => {
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return undefined;
      return { isReady: brokerPorts(received).includes(port) };
    },
  });
}

function brokerPorts(response: Buffer): number[] {
  const ports: number[] = [];
  let at = 12;
  for (let left = response.readInt32BE(8); left > 0; left -= 1) {
    at += 4;
    at += 2 + response.readInt16BE(at);
    ports.push(response.readInt32BE(at));
    at += 4;
    at += 2 + Math.max(0, response.readInt16BE(at));
  }
  return ports;
}

/** PostgreSQL answers a start-up message with an authentication request once it takes connections, else with an error. */
export async function probePostgres(port: number): Promise<Health> {
  const parameters = Buffer.from('user\0headrace\0database\0headrace\0\0');
  const request = Buffer.alloc(8 + parameters.length);
  request.writeInt32BE(request.length, 0);
  request.writeInt32BE(196_608, 4); // protocol 3.0
  parameters.copy(request, 8);
  return converse({ port, request, judge: (received) => ({ isReady: received[0] === 0x52 }) });
}

/** MySQL and MariaDB greet first; the greeting carries the version. */
export async function probeMysql(port: number): Promise<Health> {
  return converse({
    port,
    judge: (received) => {
      if (received.length < 5) return undefined;
      if (received[4] !== 10) return notReady;
      const end = received.indexOf(0, 5);
      if (end < 0) return undefined;
      // MariaDB prefixes 5.5.5- for old replicas.
      return { isReady: true, version: received.toString('latin1', 5, end).replace(/^5\.5\.5-/, '') };
    },
  });
}
