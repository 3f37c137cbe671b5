// Procedures about the connection itself and about the host.
import { array, chars, event, fixedChars, int, opaque, procedure, uhyper, uint } from '@virtwire/rpc';
import {
  CONNECT_CPU_MODELS_MAX,
  CONNECT_IDENTITY_PARAMS_MAX,
  CPUMAP_MAX,
  CPU_BASELINE_MAX,
  NODE_CPU_STATS_MAX,
  NODE_MAX_CELLS,
  NODE_MEMORY_PARAMETERS_MAX,
  NODE_MEMORY_STATS_MAX,
  NODE_SEV_INFO_MAX,
  SECURITY_DOI_MAX,
  SECURITY_MODEL_MAX,
} from '../limits.ts';
import { NodeGetCpuStats, NodeGetMemoryStats, optionalText, text, TypedParam } from '../types.ts';

/** Opening, what the hypervisor can do, the host, its CPUs and memory. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const connectRows = {
  // Opening and closing; what the server can do
  /** Must come before any call that needs a hypervisor. Bit 0 of `flags` = read-only; servers look at no other bit. */
  connectOpen: procedure(1, () => [{ name: optionalText, flags: uint }, {},
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectOpen' }]),
  /** The server replies, then closes the connection. */
  connectClose: procedure(2, () => [{}, {}, { acl: ['none'], priority: 'high', api: 'virConnectClose' }]),
  /** Asks for a number of virDrvFeature. Works before connectOpen for keepalive only, which it also switches on. */
  connectSupportsFeature: procedure(60, () => [{ feature: int }, { supported: int },
    { acl: ['connect:getattr'], priority: 'high' }]),
  connectGetUri: procedure(110, () => [{}, { uri: text },
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectGetURI' }]),
  connectIsSecure: procedure(149, () => [{}, { secure: int }, { acl: ['none'], priority: 'high', api: 'virConnectIsSecure' }]),
  connectRegisterCloseCallback: procedure(360, () => [{}, {},
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectRegisterCloseCallback' }]),
  connectUnregisterCloseCallback: procedure(361, () => [{}, {},
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectUnregisterCloseCallback' }]),
  /** The connection of the server to its hypervisor is gone; `reason` of virConnectCloseReason. */
  connectEventConnectionClosed: event(362, () => [{ reason: int }]),
  /** Replaces what the server knows about the client; only for clients that may act for others. */
  connectSetIdentity: procedure(419, () => [{ params: array(TypedParam, CONNECT_IDENTITY_PARAMS_MAX), flags: uint }, {},
    { acl: ['connect:write'], api: 'virConnectSetIdentity' }]),

  // The hypervisor and its capabilities
  connectGetType: procedure(3, () => [{}, { type: text },
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectGetType' }]),
  /** `hv_ver` = major * 1,000,000 + minor * 1,000 + release. */
  connectGetVersion: procedure(4, () => [{}, { hv_ver: uhyper },
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectGetVersion' }]),
  connectGetMaxVcpus: procedure(5, () => [{ type: optionalText }, { max_vcpus: int },
    { acl: ['connect:read'], priority: 'high', api: 'virConnectGetMaxVcpus' }]),
  connectGetCapabilities: procedure(7, () => [{}, { capabilities: text },
    { acl: ['connect:read'], api: 'virConnectGetCapabilities' }]),
  connectGetHostname: procedure(59, () => [{}, { hostname: text },
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectGetHostname' }]),
  /** `lib_ver` = major * 1,000,000 + minor * 1,000 + release. */
  connectGetLibVersion: procedure(157, () => [{}, { lib_ver: uhyper },
    { acl: ['connect:getattr'], priority: 'high', api: 'virConnectGetLibVersion' }]),
  connectCompareCpu: procedure(158, () => [{ xml: text, flags: uint }, { result: int },
    { acl: ['connect:read'], priority: 'high', api: 'virConnectCompareCPU' }]),
  connectBaselineCpu: procedure(162, () => [{ xmlCPUs: array(text, CPU_BASELINE_MAX), flags: uint }, { cpu: text },
    { acl: ['connect:read'], api: 'virConnectBaselineCPU' }]),
  connectGetSysinfo: procedure(203, () => [{ flags: uint }, { sysinfo: text },
    { acl: ['connect:read'], priority: 'high', api: 'virConnectGetSysinfo' }]),
  connectGetCpuModelNames: procedure(312, () => [{ arch: text, need_results: int, flags: uint },
    { models: array(text, CONNECT_CPU_MODELS_MAX), ret: int },
    { acl: ['connect:read'], api: 'virConnectGetCPUModelNames' }]),
  connectGetDomainCapabilities: procedure(342,
    () => [{ emulatorbin: optionalText, arch: optionalText, machine: optionalText, virttype: optionalText, flags: uint },
    { capabilities: text },
    { acl: ['connect:write'], needsWrite: 'always', api: 'virConnectGetDomainCapabilities' }]),
  connectCompareHypervisorCpu: procedure(393,
    () => [{ emulator: optionalText, arch: optionalText, machine: optionalText, virttype: optionalText, xmlCPU: text,
      flags: uint },
    { result: int },
    { acl: ['connect:write'], needsWrite: 'always', api: 'virConnectCompareHypervisorCPU' }]),
  connectBaselineHypervisorCpu: procedure(394,
    () => [{ emulator: optionalText, arch: optionalText, machine: optionalText, virttype: optionalText,
      xmlCPUs: array(text, CPU_BASELINE_MAX), flags: uint },
    { cpu: text },
    { acl: ['connect:write'], needsWrite: 'always', api: 'virConnectBaselineHypervisorCPU' }]),

  // The host
  /** `memory` in KiB; `model` ends at its first NUL. */
  nodeGetInfo: procedure(6, () => [{},
    { model: fixedChars(32), memory: uhyper, cpus: int, mhz: int, nodes: int, sockets: int, cores: int, threads: int },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetInfo' }]),
  /** `cells` in bytes, one per NUMA cell. */
  nodeGetCellsFreeMemory: procedure(101, () => [{ startCell: int, maxcells: int }, { cells: array(uhyper, NODE_MAX_CELLS) },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetCellsFreeMemory' }]),
  /** `freeMem` in bytes. */
  nodeGetFreeMemory: procedure(102, () => [{}, { freeMem: uhyper },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetFreeMemory' }]),
  nodeGetSecurityModel: procedure(122, () => [{}, { model: chars(SECURITY_MODEL_MAX), doi: chars(SECURITY_DOI_MAX) },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetSecurityModel' }]),
  nodeGetCpuStats: procedure(227, () => [{ cpuNum: int, nparams: int, flags: uint },
    { params: array(NodeGetCpuStats, NODE_CPU_STATS_MAX), nparams: int },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetCPUStats' }]),
  nodeGetMemoryStats: procedure(228, () => [{ nparams: int, cellNum: int, flags: uint },
    { params: array(NodeGetMemoryStats, NODE_MEMORY_STATS_MAX), nparams: int },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetMemoryStats' }]),
  /** `duration` in seconds. */
  nodeSuspendForDuration: procedure(250, () => [{ target: uint, duration: uhyper, flags: uint }, {},
    { acl: ['connect:pm_control'], needsWrite: 'always', api: 'virNodeSuspendForDuration' }]),
  nodeSetMemoryParameters: procedure(288, () => [{ params: array(TypedParam, NODE_MEMORY_PARAMETERS_MAX), flags: uint }, {},
    { acl: ['connect:write'], needsWrite: 'always', api: 'virNodeSetMemoryParameters' }]),
  nodeGetMemoryParameters: procedure(289, () => [{ nparams: int, flags: uint },
    { params: array(TypedParam, NODE_MEMORY_PARAMETERS_MAX), nparams: int },
    { acl: ['connect:read'], api: 'virNodeGetMemoryParameters' }]),
  /** `cpumap` has one bit per CPU, lowest bit first; `ret` is the number of CPUs. */
  nodeGetCpuMap: procedure(293, () => [{ need_map: int, need_online: int, flags: uint },
    { cpumap: opaque(CPUMAP_MAX), online: uint, ret: int },
    { acl: ['connect:read'], api: 'virNodeGetCPUMap' }]),
  /** `pages` are page sizes in KiB; `counts` has one number per cell and size. */
  nodeGetFreePages: procedure(340, () => [{ pages: array(uint, NODE_MAX_CELLS), startCell: int, cellCount: uint, flags: uint },
    { counts: array(uhyper, NODE_MAX_CELLS) },
    { acl: ['connect:read'], priority: 'high', api: 'virNodeGetFreePages' }]),
  nodeAllocPages: procedure(347,
    () => [{ pageSizes: array(uint, NODE_MAX_CELLS), pageCounts: array(uhyper, NODE_MAX_CELLS), startCell: int,
      cellCount: uint, flags: uint },
    { ret: int },
    { acl: ['connect:write'], needsWrite: 'always', api: 'virNodeAllocPages' }]),
  nodeGetSevInfo: procedure(395, () => [{ nparams: int, flags: uint },
    { params: array(TypedParam, NODE_SEV_INFO_MAX), nparams: int },
    { acl: ['connect:read'], needsWrite: 'always', api: 'virNodeGetSEVInfo' }]),
};
