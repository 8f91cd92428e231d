import { Etcd3, type IOptions } from 'etcd3';
import { EtcdHosts, once } from './etcd-hosts.ts';
import { DEFAULT_CALL_TIMEOUT_MS, type EtcdOptions } from './etcd-options.ts';

/** A list of a large cluster's keys comes in pages, but one page of large configurations may exceed gRPC's 4 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1_024 * 1_024;

export const createEtcdClient = (options: EtcdOptions): Etcd3 => {
  const { auth, clock, tls, callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
  const hosts = new EtcdHosts(options.endpoints, clock);
  return new Etcd3({
    hosts: [...options.endpoints],
    ...(tls === undefined ? {} : { credentials: credentials(tls) }),
    ...(auth === undefined ? {} : { auth: { username: auth.username, password: auth.password.reveal() } }),
    grpcOptions: {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // A server that vanished without a word is noticed by pings; etcd refuses clients that ping more often than every 5 s.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 3_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    },
    defaultCallOptions: (context) => (context.isStream ? {} : { deadline: clock.now() + callTimeoutMs }),
    faultHandling: { host: (host) => hosts.policyOf(host), global: once },
  });
};

const credentials = (tls: NonNullable<EtcdOptions['tls']>): NonNullable<IOptions['credentials']> => ({
  // Without an authority of its own the client takes those of the system, whatever its types say.
  ...({ rootCertificate: tls.ca } as { rootCertificate: Buffer }),
  ...(tls.key === undefined ? {} : { privateKey: tls.key }),
  ...(tls.certificate === undefined ? {} : { certChain: tls.certificate }),
});
