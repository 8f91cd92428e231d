export { etcdErrors } from './errors.ts';
export type { EtcdOptions } from './etcd-client.ts';
export { warnAboutEtcd } from './etcd-condition.ts';
export { EtcdCoordinationStore } from './etcd-coordination-store.ts';
