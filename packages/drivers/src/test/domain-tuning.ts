// Tunable parameters of domains: scheduler, block I/O, NUMA, interfaces, disks, performance events.
import { domainBandwidthHandlers } from './tuning-interface.ts';
import { domainBlkioHandlers } from './tuning-blkio.ts';
import { domainIotuneHandlers } from './tuning-disk.ts';
import { domainSchedulerHandlers } from './tuning-scheduler.ts';
import type { DriverHandlers } from '../define.ts';
import type { TestState } from './state.ts';

/** Answers the calls about tunable parameters. */
export function domainTuningHandlers(state: TestState): DriverHandlers {
  return {
    ...domainSchedulerHandlers(state),
    ...domainBlkioHandlers(state),
    ...domainBandwidthHandlers(state),
    ...domainIotuneHandlers(state),
  };
}
