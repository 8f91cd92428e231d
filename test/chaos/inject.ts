import { setTimeout as sleep } from 'node:timers/promises';
import type { Ground } from './ground.ts';
import type { WorkerProcess } from '../support/cluster.ts';
import type { Fault } from './plan.ts';

/** Does one fault and takes it back: when this resolves the fault is over. */
export const inject = async (ground: Ground, fault: Fault): Promise<void> => {
  switch (fault.kind) {
    case 'kill server':
      return ground.servers.restart(fault.server, 'SIGKILL');
    case 'stop server':
      return ground.servers.restart(fault.server, 'SIGTERM');
    case 'freeze server':
      return ground.servers.freeze(fault.server, fault.forMs);
    default: {
      const worker = 'flow' in fault ? await ground.ownerOf(ground.flow(fault.flow)) : ground.worker(fault.worker);
      // An earlier fault of the same step has it.
      if (worker !== undefined) await onWorker(ground, fault, worker);
    }
  }
};

type WorkerFault = Exclude<Fault, { readonly kind: 'kill server' | 'stop server' | 'freeze server' }>;

const onWorker = async (ground: Ground, fault: WorkerFault, worker: WorkerProcess): Promise<void> => {
  const { network } = ground;
  const port = Number(new URL(worker.rest).port);
  switch (fault.kind) {
    case 'kill owner':
    case 'kill worker':
      await ground.kill(worker);
      await ground.revive();
      break;
    case 'restart worker':
      await ground.stop(worker);
      await ground.revive();
      break;
    case 'freeze owner':
    case 'freeze worker':
      ground.freeze(worker);
      await sleep(fault.forMs);
      ground.thaw(worker);
      break;
    case 'network':
      network.between(port, fault.server).become(fault.weather);
      await sleep(fault.forMs);
      network.between(port, fault.server).become('fair');
      break;
    case 'break connections':
      network.between(port, fault.server).breakAll();
      break;
    case 'isolate worker':
      network.around(port, 'cut');
      await sleep(fault.forMs);
      network.around(port, 'fair');
  }
};
