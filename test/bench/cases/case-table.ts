import type { CaseName } from '../options.ts';
import type { BenchCase } from '../workload.ts';
import { latencyCase } from './latency-case.ts';
import { sinkCase } from './sink-case.ts';
import { sinkLatencyCase } from './sink-latency-case.ts';
import { snapshotCase } from './snapshot-case.ts';
import { streamCase } from './stream-case.ts';

export const caseTable: Readonly<Record<CaseName, BenchCase>> = {
  'pg-snapshot': snapshotCase('postgres'),
  'pg-stream': streamCase('postgres'),
  'mysql-snapshot': snapshotCase('mariadb'),
  'mysql-stream': streamCase('mariadb'),
  'pg-latency': latencyCase,
  'sink-pg': sinkCase('postgres'),
  'sink-mariadb': sinkCase('mariadb'),
  'sink-latency': sinkLatencyCase,
};
