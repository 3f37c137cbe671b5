// Figures of disks, interfaces and CPUs of domains; most of them grow with the time of day.
import type { TypedParam } from '@virtwire/protocol';
import { typedParams } from '@virtwire/protocol';
import { DomainCpuStatsName as CpuName, DomainDiskErrorCode } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { nowUs } from './clock.ts';
import type { DefinedInterface, DomainDefinition } from './domain-definition.ts';
import { activeDomainOf, domainOf } from './domain-list.ts';
import { checkFlags, testError } from './errors.ts';
import { domainError } from './impact.ts';
import type { TestState } from './state.ts';

const totalCpuTime = 48772617035n;

/** Finds an interface by its name on the host or by its address. @see virDomainNetFind */
export function interfaceOf(def: DomainDefinition, device: string): DefinedInterface {
  const isMac = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(device);
  const found = def.interfaces.find((net) => (isMac ? net.mac === device.toLowerCase() : net.target === device));
  if (found === undefined) throw domainError(ErrorCode.InvalidArg, `'${device}' is not a known interface`);
  return found;
}

/** Answers the calls about figures. */
export function domainStatsHandlers(state: TestState): DriverHandlers {
  return {
    domainBlockStats: ({ dom, path }) => {
      if (path === '') throw testError(ErrorCode.OperationUnsupported, 'summary statistics are not supported yet');
      const { def } = activeDomainOf(state, dom);
      if (def.disk(path) === undefined) throw testError(ErrorCode.InvalidArg, `invalid path: ${path}`);
      const share = shareOf(nowUs());
      return { rd_req: share(10), rd_bytes: share(20), wr_req: share(30), wr_bytes: share(40), errs: share(2_000_000) };
    },
    domainInterfaceStats: ({ dom, device }) => {
      interfaceOf(activeDomainOf(state, dom).def, device);
      const share = shareOf(nowUs());
      return {
        rx_bytes: share(10),
        rx_packets: share(100),
        rx_errs: share(1_000_000),
        rx_drop: share(2_000_000),
        tx_bytes: share(20),
        tx_packets: share(110),
        tx_errs: share(3_000_000),
        tx_drop: share(4_000_000),
      };
    },
    domainGetBlockInfo: ({ dom, path, flags }) => {
      checkFlags(flags, 0, 'testDomainGetBlockInfo');
      const disk = domainOf(state, dom).def.disk(path);
      if (disk === undefined) throw testError(ErrorCode.InvalidArg, `invalid path ${path} not assigned to domain`);
      if (disk.source === null) {
        throw testError(ErrorCode.InvalidArg, `disk '${path}' does not currently have a source assigned`);
      }
      return { capacity: 1099506450432n, allocation: 1099511627776n, physical: 1099511627776n };
    },
    domainGetDiskErrors: ({ dom, maxerrors, flags }) => {
      checkFlags(flags, 0, 'testDomainGetDiskErrors');
      const { disks } = activeDomainOf(state, dom).def;
      if (maxerrors === 0) return { errors: [], nerrors: disks.length };
      const errors = disks.slice(0, maxerrors).map(({ target }, index) => ({
        disk: target,
        error: index % 2 === 0 ? DomainDiskErrorCode.Unspec : DomainDiskErrorCode.NoSpace,
      }));
      return { errors, nerrors: errors.length };
    },
    domainGetCpuStats: ({ dom, nparams, start_cpu, ncpus, flags }) => {
      checkFlags(flags, 4, 'testDomainGetCPUStats');
      activeDomainOf(state, dom);
      return start_cpu === -1 ? totalStats(nparams) : cpuStats(state.node.cores, nparams, start_cpu, ncpus);
    },
  };
}

function shareOf(us: number): (divisor: number) => bigint {
  return (divisor) => BigInt(Math.trunc(us / divisor));
}

function totalStats(nparams: number): { params: TypedParam[]; nparams: number } {
  if (nparams === 0) return { params: [], nparams: 3 };
  const params = typedParams({
    [CpuName.Cputime]: { ullong: totalCpuTime },
    [CpuName.Usertime]: { ullong: 5540000000n },
    [CpuName.Systemtime]: { ullong: 6460000000n },
  }).slice(0, nparams);
  return { params, nparams: params.length };
}

function cpuStats(
  cpus: number,
  nparams: number,
  first: number,
  count: number,
): { params: TypedParam[]; nparams: number } {
  if (count === 0) return { params: [], nparams: cpus };
  if (nparams === 0) return { params: [], nparams: 2 };
  if (first >= cpus) {
    throw testError(ErrorCode.InvalidArg, `start_cpu ${first} larger than maximum of ${cpus - 1}`);
  }
  const params: TypedParam[] = [];
  for (let cpu = first; cpu < Math.min(cpus, first + count); cpu++) {
    const time = totalCpuTime / BigInt(cpus) + BigInt(cpu);
    const both = typedParams({
      [CpuName.Cputime]: { ullong: time },
      [CpuName.Vcputime]: { ullong: time - 1234567890n },
    });
    params.push(...both.slice(0, nparams));
  }
  return { params, nparams: Math.min(nparams, 2) };
}
