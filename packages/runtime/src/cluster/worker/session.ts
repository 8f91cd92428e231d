/** One stay of a worker in the cluster: from joining with a lease to losing or giving it back. */
export interface Session {
  readonly workerId: string;
  readonly leaseId: string;
  /** Creation of the member key: acquisitions compare it. */
  readonly memberRevision: bigint;
  readonly incarnation: number;
}
