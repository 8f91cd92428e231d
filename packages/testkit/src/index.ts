export { asObject } from './as-object.ts';
export { makeAuthority, type Authority } from './authority.ts';
export { FakeTopicAdmin } from './fake-topic-admin.ts';
export { FakeTaskHost, type StartedTask } from './fake-task-host.ts';
export { VirtualClock } from './virtual-clock.ts';
export { OwnServers } from './own-servers.ts';
export { Operation, plainJaas, ResourceType, scramJaas, SecuredBroker, users } from './secured-broker.ts';
export { SecuredEtcd } from './secured-etcd.ts';
export { freePort, OwnProcess } from './own-process.ts';
