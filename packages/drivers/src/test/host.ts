// Calls about the connection and the host.
import { DriverFeature, NodeCpuStatsName } from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { formatTestCapabilities } from './capabilities.ts';
import { baselineCpu, cpuModelNames } from './cpu.ts';
import { checkFlags, testError } from './errors.ts';
import type { TestState } from './state.ts';

const sysinfo = `<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>LENOVO</entry>
    <entry name='version'>G4ETA1WW (2.61 )</entry>
    <entry name='date'>05/07/2014</entry>
    <entry name='release'>2.61</entry>
  </bios>
</sysinfo>
`;

const cpuStats = [
  { field: NodeCpuStatsName.User, value: 9797400000n },
  { field: NodeCpuStatsName.Kernel, value: 34678723400000n },
  { field: NodeCpuStatsName.Idle, value: 87264900000n },
  { field: NodeCpuStatsName.Iowait, value: 763600000n },
];

/** Most virtual CPUs that a domain may have. */
export const MAX_VCPUS = 32;

/** Answers the calls about the connection and the host. */
export function hostHandlers(state: TestState): DriverHandlers {
  const encoder = new TextEncoder();
  return {
    connectGetType: () => ({ type: 'TEST' }),
    connectGetVersion: () => ({ hv_ver: 2n }),
    connectGetHostname: () => ({ hostname: state.host.hostname?.() ?? 'localhost' }),
    connectGetMaxVcpus: () => ({ max_vcpus: MAX_VCPUS }),
    connectGetCapabilities: () => ({ capabilities: formatTestCapabilities(state) }),
    connectGetSysinfo: ({ flags }) => {
      checkFlags(flags, 0, 'testConnectGetSysinfo');
      return { sysinfo };
    },
    connectIsSecure: () => ({ secure: 1 }),
    connectSupportsFeature: ({ feature }) => {
      const supported =
        feature === DriverFeature.TypedParamString || feature === DriverFeature.NetworkUpdateHasCorrectOrder;
      return { supported: supported ? 1 : 0 };
    },
    connectBaselineCpu: ({ xmlCPUs, flags }) => baselineCpu(xmlCPUs, flags),
    connectGetCpuModelNames: ({ arch, need_results, flags }) => {
      checkFlags(flags, 0, 'testConnectGetCPUModelNames');
      const models = cpuModelNames(arch);
      return { models: need_results === 0 ? [] : [...models], ret: models.length };
    },

    nodeGetInfo: () => ({ ...state.node, model: modelBytes(state.node.model) }),
    nodeGetCpuStats: ({ nparams, flags }) => {
      checkFlags(flags, 0, 'testNodeGetCPUStats');
      return nparams === 0
        ? { params: [], nparams: cpuStats.length }
        : { params: cpuStats.slice(0, nparams), nparams: 0 };
    },
    nodeGetFreeMemory: () => ({ freeMem: state.cells.reduce((sum, cell) => sum + cell.freeMemory, 0n) }),
    nodeGetCellsFreeMemory: ({ startCell, maxcells }) => {
      if (startCell >= state.cells.length) throw testError(ErrorCode.InvalidArg, 'Range exceeds available cells');
      return { cells: state.cells.slice(startCell, startCell + maxcells).map((cell) => cell.memory) };
    },
    nodeGetFreePages: ({ flags }) => {
      checkFlags(flags, 0, 'testNodeGetFreePages');
      // libvirt's test driver counts pages but says that it found none, which its daemon takes for a failure.
      throw new LibvirtError(ErrorCode.InternalError, null, {
        domain: ErrorDomain.Rpc,
        message: 'Library function returned error but did not set virError',
        str1: null,
        int1: 0,
        int2: 0,
      });
    },
    nodeGetCpuMap: ({ need_map, need_online, flags }) => {
      checkFlags(flags, 0, 'testNodeGetCPUMap');
      return {
        cpumap: need_map === 0 ? new Uint8Array() : Uint8Array.of(0x15),
        online: need_online === 0 ? 0 : 3,
        ret: 8,
      };
    },
    nodeGetSecurityModel: () => ({ model: encoder.encode('testSecurity\0'), doi: encoder.encode('\0') }),
  };
}

function modelBytes(model: string): Uint8Array {
  const bytes = new Uint8Array(32);
  new TextEncoder().encodeInto(model, bytes.subarray(0, 31));
  return bytes;
}
