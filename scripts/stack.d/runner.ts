import { messageOf, StackError } from './errors.ts';
import type { FailureKind } from './errors.ts';
import type { ServiceDefinition, StackPlace } from './types.ts';

export interface ServiceStatus {
  readonly name: string;
  readonly state: 'running' | 'unhealthy' | 'stopped';
  readonly port: number;
  readonly pid?: number;
  readonly version?: string;
  readonly rssBytes?: number;
}

/** One way to run the services of the table: native processes or containers. */
export interface Runner {
  /** Resolves when all of them answer; leaves alone those that already do. */
  readonly start: (services: readonly ServiceDefinition[], stack: StackPlace) => Promise<void>;
  /** Resolves when they and everything they started are gone; the data stays. */
  readonly stop: (services: readonly ServiceDefinition[], stack: StackPlace, signal?: NodeJS.Signals) => Promise<void>;
  readonly status: (service: ServiceDefinition, stack: StackPlace) => Promise<ServiceStatus>;
  /** Stops whatever there is, recorded or not; `isPurge` removes the data too. */
  readonly remove: (settings: StackPlace, isPurge: boolean) => Promise<void>;
}

/** Lets every service finish before the failures are reported together, so that no start is left half done. */
export async function forEachService(
  services: readonly ServiceDefinition[],
  work: (service: ServiceDefinition) => Promise<void>,
): Promise<void> {
  const failures: { readonly name: string; readonly kind: FailureKind; readonly failure: unknown }[] = [];
  const guarded = async (service: ServiceDefinition): Promise<void> => {
    try {
      await work(service);
    } catch (failure) {
      failures.push({ name: service.name, kind: failure instanceof StackError ? failure.kind : 'failed', failure });
    }
  };
  await Promise.all(services.map(guarded));
  if (failures.length === 0) return;
  const isUnavailable = (kind: FailureKind): boolean => kind === 'packageGone' || kind === 'missingTool';
  throw new StackError(
    // A server that failed outweighs one that is not to be had.
    failures.find(({ kind }) => !isUnavailable(kind))?.kind ?? failures[0]?.kind ?? 'failed',
    failures.map(({ failure }) => messageOf(failure)).join('\n'),
    { cause: failures[0]?.failure, unavailable: failures.filter(({ kind }) => isUnavailable(kind)).map(({ name }) => name) },
  );
}
