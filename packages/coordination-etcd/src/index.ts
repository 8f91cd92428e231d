export { etcdErrors } from './errors.ts';
export type { EtcdOptions } from './etcd-options.ts';
export { warnAboutEtcd } from './etcd-condition.ts';
export { EtcdCoordinationStore } from './etcd-coordination-store.ts';
export { LeaseRenewals } from './lease/lease-renewals.ts';
