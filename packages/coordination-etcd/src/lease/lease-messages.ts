/**
 * The few messages of etcd that the renewal of a lease needs, in Protobuf's wire format. By hand: a library for it, with etcd's
 * whole schema parsed, would weigh several times what the thread that sends them does.
 */

/** `LeaseKeepAliveRequest`: field 1, the lease. */
export const keepAliveRequest = (leaseId: string): Buffer => Buffer.from([tag(1, VARINT), ...varint(BigInt(leaseId))]);

/** Of a `LeaseKeepAliveResponse`, field 3: seconds that the lease has left; 0 when there is no such lease. */
export const timeToLive = (response: Uint8Array): number => Number(fieldsOf(response).get(3) ?? 0);

/** `AuthenticateRequest`: fields 1 and 2. */
export const authenticateRequest = (username: string, password: string): Buffer => Buffer.concat([text(1, username), text(2, password)]);

/** Of an `AuthenticateResponse`, field 2. */
export const authenticationToken = (response: Uint8Array): string => {
  const token = fieldsOf(response).get(2);
  return token instanceof Uint8Array ? Buffer.from(token).toString() : '';
};

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const text = (field: number, value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([tag(field, BYTES), ...varint(BigInt(bytes.length))]), bytes]);
};

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
};

/** By number; fields of other wire types than a number and bytes are skipped, as a reader has to skip what it does not know. */
const fieldsOf = (message: Uint8Array): ReadonlyMap<number, bigint | Uint8Array> => {
  const fields = new Map<number, bigint | Uint8Array>();
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a message of etcd ends inside a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(next());
    const field = key >> 3;
    switch (key & 7) {
      case VARINT:
        fields.set(field, BigInt.asIntN(64, next()));
        break;
      case BYTES: {
        const length = Number(next());
        fields.set(field, message.subarray(at, (at += length)));
        break;
      }
      case FIXED_64:
        at += 8;
        break;
      case FIXED_32:
        at += 4;
        break;
      default:
        throw new RangeError(`a message of etcd has a field of the unknown wire type ${String(key & 7)}`);
    }
  }
  return fields;
};
