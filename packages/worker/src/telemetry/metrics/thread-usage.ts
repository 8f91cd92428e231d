import { systemClock, type Meter } from '@headrace/foundation';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

const REPORT_MS = 1_000;
const DELAY_RESOLUTION_MS = 20;

/** What Node.js 23.9 and later have and the type library not yet: the CPU of this thread alone, in microseconds. */
interface ThreadCpu {
  threadCpuUsage?(): { readonly user: number; readonly system: number };
}

/**
 * Once a second: CPU, heap and event-loop delay of this thread, then `report`. Ends when aborted. Without a CPU clock per
 * thread (Node.js before 23.9) that one metric is missing.
 */
export const reportUsage = async (meter: Meter, report: () => void, signal: AbortSignal): Promise<void> => {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  let spent = 0;
  try {
    for (;;) {
      await systemClock.sleep(REPORT_MS, signal);
      const cpu = (process as ThreadCpu).threadCpuUsage?.();
      if (cpu !== undefined) {
        const total = (cpu.user + cpu.system) / 1e6;
        meter.add('headrace_task_cpu_seconds_total', total - spent);
        spent = total;
      }
      meter.set('headrace_task_heap_bytes', getHeapStatistics().used_heap_size);
      meter.set('headrace_task_external_bytes', process.memoryUsage().external);
      meter.observe('headrace_task_event_loop_delay_{}_seconds', Math.max(0, delay.max / 1e9 - DELAY_RESOLUTION_MS / 1e3));
      delay.reset();
      report();
    }
  } finally {
    delay.disable();
  }
};
