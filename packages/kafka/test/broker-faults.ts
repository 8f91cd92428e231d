import { systemClock } from '@headrace/foundation';
import type { OwnServers } from '@headrace/testkit';
import type { Admin } from 'kafkajs';

/** Partitions of the coordinators' own topics, as the stack sets them. */
const coordinatorPartitions = 10;
const deadlineMs = 30_000;
const pollMs = 50;

/** Trouble for a cluster of three brokers, made and looked at with a client that is not ours. */
export class BrokerFaults {
  readonly #servers: OwnServers;
  readonly #admin: Admin;

  constructor(servers: OwnServers, admin: Admin) {
    this.#servers = servers;
    this.#admin = admin;
  }

  /** Moves the leader of every partition to another broker, one partition after the other. */
  async moveLeaders(topic: string): Promise<void> {
    for (const { partition, leader, replicas } of await this.#partitions(topic)) {
      const others = replicas.filter((replica) => replica !== leader);
      await this.#reassign(topic, partition, others);
      await this.#until(`${topic}/${String(partition)} has another leader`, async () => {
        const now = (await this.#partitions(topic)).find((found) => found.partition === partition);
        return now !== undefined && now.leader !== leader && now.leader >= 0 && now.replicas.length === others.length;
      });
      await this.#reassign(topic, partition, [...others, leader]);
    }
  }

  /** Kills the broker that coordinates a transactional id or a group, and starts it again; resolves when it answers. */
  async restartCoordinator(topic: '__transaction_state' | '__consumer_offsets', key: string): Promise<void> {
    const service = await this.coordinatorOf(topic, key);
    await this.#servers.kill(service);
    await this.#servers.restart(service);
  }

  /** The service of the stack that coordinates the key now. */
  async coordinatorOf(topic: '__transaction_state' | '__consumer_offsets', key: string): Promise<string> {
    const index = (javaHash(key) & 0x7fff_ffff) % coordinatorPartitions;
    const leader = (await this.#partitions(topic)).find(({ partition }) => partition === index)?.leader;
    if (leader === undefined) throw new Error(`${topic} has no partition ${String(index)}.`);
    return `kafka-${String(leader)}`;
  }

  async #reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void> {
    const partitionAssignment = [{ partition, replicas: [...replicas] }];
    await this.#admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
  }

  async #partitions(topic: string): Promise<readonly { partition: number; leader: number; replicas: readonly number[] }[]> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
    return (topics[0]?.partitions ?? []).map(({ partitionId, leader, replicas }) => ({ partition: partitionId, leader, replicas }));
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = systemClock.monotonic() + deadlineMs;
    while (!(await condition())) {
      if (systemClock.monotonic() > deadline) throw new Error(`Waited ${String(deadlineMs)} ms until ${what}.`);
      await systemClock.sleep(pollMs, new AbortController().signal);
    }
  }
}

/** String.hashCode of Java, for ASCII: what brokers choose the coordinator's partition by. */
const javaHash = (text: string): number => Buffer.from(text).reduce((hash, code) => (Math.imul(hash, 31) + code) | 0, 0);
