// Loaded into each worker before its own code (node --import): connections to the servers go through that worker's fault
// proxies, whatever address a server advertises. The product knows nothing of it.
import { Socket } from 'node:net';

type Ports = Readonly<Record<string, number>>;

const listener = process.env['HEADRACE_LISTENERS'];
const all = JSON.parse(process.env['CHAOS_PORTS'] ?? '{}') as Readonly<Record<string, Ports>>;
const ports: Ports = listener === undefined ? {} : (all[new URL(listener).port] ?? {});

const redirected = (port: unknown): unknown => ports[String(port)] ?? port;

const withPort = (options: unknown): unknown =>
  typeof options === 'object' && options !== null && 'port' in options ? { ...options, port: redirected(options.port) } : options;

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the socket as `this` below
const connect = Socket.prototype.connect as (this: Socket, ...words: unknown[]) => Socket;

/** Node itself calls it with its arguments put into an array, which it marks and expects back. */
function connectRedirected(this: Socket, ...words: unknown[]): Socket {
  const [first, ...rest] = words;
  if (Array.isArray(first)) {
    (first as unknown[])[0] = withPort((first as unknown[])[0]);
    return connect.call(this, first, ...rest);
  }
  if (typeof first === 'object') return connect.call(this, withPort(first), ...rest);
  return connect.call(this, redirected(first), ...rest);
}

Socket.prototype.connect = connectRedirected;
