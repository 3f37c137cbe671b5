// Virtual CPUs of domains: how many, where they may run, what they did.
import { element } from '@virtwire/conf';
import type { NonnullDomain } from '@virtwire/protocol';
import {
  DomainModificationImpact as Impact,
  DomainVcpuFlags as VcpuFlags,
  VcpuState,
} from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { nowUs } from './clock.ts';
import { allCpus, cpuSetOf, cpusToMap, formatCpus, mapToCpus, parseCpus } from './cpu-map.ts';
import type { DomainDefinition } from './domain-definition.ts';
import { type Before, insertBefore, removeChildren } from './domain-definition.ts';
import { domainOf } from './domain-list.ts';
import {
  badArgument,
  checkExclusive,
  checkFlags,
  checkNonZero,
  checkNotEmpty,
  operationInvalid,
  testError,
  tooLong,
} from './errors.ts';
import { MAX_VCPUS } from './host.ts';
import { affectedDefinitions, oneDefinition } from './impact.ts';
import { maxCpus } from './node.ts';
import type { TestState } from './state.ts';

const impactMask = Impact.Live | Impact.Config;
const live = [Impact.Live, 'VIR_DOMAIN_AFFECT_LIVE'] as const;
const config = [Impact.Config, 'VIR_DOMAIN_AFFECT_CONFIG'] as const;

/** Answers the calls about virtual CPUs. */
export function domainVcpuHandlers(state: TestState): DriverHandlers {
  const count = (dom: NonnullDomain, flags: number): number => {
    checkFlags(flags, impactMask | VcpuFlags.Maximum, 'testDomainGetVcpusFlags');
    const { def } = oneDefinition(domainOf(state, dom), flags);
    return (flags & VcpuFlags.Maximum) !== 0 ? def.maxVcpus : def.vcpus;
  };
  const setCount = (dom: NonnullDomain, nvcpus: number, flags: number) => {
    checkFlags(flags, impactMask | VcpuFlags.Maximum, 'testDomainSetVcpusFlags');
    if (nvcpus > MAX_VCPUS) {
      throw testError(
        ErrorCode.InvalidArg,
        `requested cpu amount exceeds maximum supported amount (${nvcpus} > ${MAX_VCPUS})`,
      );
    }
    const domain = domainOf(state, dom);
    const affected = affectedDefinitions(domain, flags);
    const maximum = (flags & VcpuFlags.Maximum) !== 0;
    for (const def of [affected.live, maximum ? null : affected.config]) {
      if (def !== null && def.maxVcpus < nvcpus) {
        throw testError(ErrorCode.InvalidArg, `requested cpu amount exceeds maximum (${nvcpus} > ${def.maxVcpus})`);
      }
    }
    affected.live?.setVcpus(nvcpus);
    if (maximum) affected.config?.setVcpus(affected.config.vcpus, nvcpus);
    else affected.config?.setVcpus(nvcpus);
    domain.touch();
    return {};
  };
  const pin = (dom: NonnullDomain, vcpu: number, cpumap: Uint8Array, flags: number) => {
    checkFlags(flags, 0, 'testDomainPinVcpuFlags');
    const domain = domainOf(state, dom);
    if (!domain.active) throw operationInvalid('cannot pin vcpus on an inactive domain');
    if (vcpu >= domain.def.vcpus) {
      throw testError(ErrorCode.InvalidArg, `requested vcpu '${vcpu}' is not present in the domain`);
    }
    domain.separate();
    setPin(domain.def, 'vcpupin', ['vcpu', String(vcpu)], mapToCpus(cpumap));
    domain.touch();
    return {};
  };

  return {
    domainGetMaxVcpus: ({ dom }) => ({ num: count(dom, Impact.Live | VcpuFlags.Maximum) }),
    domainGetVcpusFlags: ({ dom, flags }) => {
      checkExclusive(flags, live, config, 'virDomainGetVcpusFlags');
      return { num: count(dom, flags) };
    },
    domainSetVcpus: ({ dom, nvcpus }) => {
      checkNonZero(nvcpus, 'virDomainSetVcpus', 'nvcpus');
      return setCount(dom, nvcpus, Impact.Live);
    },
    domainSetVcpusFlags: ({ dom, nvcpus, flags }) => {
      const api = 'virDomainSetVcpusFlags';
      const guest = [VcpuFlags.Guest, 'VIR_DOMAIN_VCPU_GUEST'] as const;
      if ((flags & VcpuFlags.Maximum) !== 0 && (flags & Impact.Config) === 0) {
        throw badArgument(api, 'ctl', "Flag 'VIR_DOMAIN_AFFECT_CONFIG' is required by flag 'VIR_DOMAIN_VCPU_MAXIMUM'");
      }
      checkExclusive(flags, guest, config, api);
      checkExclusive(flags, guest, [VcpuFlags.Hotpluggable, 'VIR_DOMAIN_VCPU_HOTPLUGGABLE'], api);
      checkNonZero(nvcpus, api, 'nvcpus');
      return setCount(dom, nvcpus, flags);
    },
    domainGetVcpus: ({ dom, maxinfo, maplen }) => {
      const domain = domainOf(state, dom);
      if (!domain.active) throw operationInvalid('cannot list vcpus for an inactive domain');
      checkMapSize(maxinfo, maplen, ['maxinfo', 'REMOTE_VCPUINFO_MAX']);
      const number = Math.min(maxinfo, domain.def.vcpus);
      const time = BigInt(Math.trunc(nowUs() / 10));
      // As many maps as the caller has room for; those of vcpus that are not there stay empty.
      const cpumaps = new Uint8Array(maxinfo * maplen);
      const info = Array.from({ length: number }, (_, vcpu) => {
        const cpus = vcpuCpus(state, domain.def, vcpu);
        cpusToMap(cpus, cpumaps.subarray(vcpu * maplen, (vcpu + 1) * maplen));
        return { number: vcpu, state: VcpuState.Running, cpu_time: time, cpu: Math.max(-1, ...cpus) };
      });
      return { info, cpumaps };
    },
    domainPinVcpu: ({ dom, vcpu, cpumap }) => {
      checkNotEmpty(cpumap, 'virDomainPinVcpu', 'cpumap');
      return pin(dom, vcpu, cpumap, 0);
    },
    domainPinVcpuFlags: ({ dom, vcpu, cpumap, flags }) => {
      checkNotEmpty(cpumap, 'virDomainPinVcpuFlags', 'cpumap');
      return pin(dom, vcpu, cpumap, flags);
    },
    domainGetVcpuPinInfo: ({ dom, ncpumaps, maplen, flags }) => {
      checkExclusive(flags, live, config, 'virDomainGetVcpuPinInfo');
      const { def } = oneDefinition(domainOf(state, dom), flags);
      checkMapSize(ncpumaps, maplen, ['ncpumaps', 'REMOTE_VCPUINFO_MAX']);
      const number = Math.min(ncpumaps, def.maxVcpus);
      const cpumaps = new Uint8Array(ncpumaps * maplen);
      for (let vcpu = 0; vcpu < number; vcpu++) {
        cpusToMap(vcpuCpus(state, def, vcpu), cpumaps.subarray(vcpu * maplen, (vcpu + 1) * maplen));
      }
      return { cpumaps, num: number };
    },
    domainPinEmulator: ({ dom, cpumap, flags }) => {
      checkNotEmpty(cpumap, 'virDomainPinEmulator', 'cpumap');
      checkFlags(flags, impactMask, 'testDomainPinEmulator');
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const cpus = mapToCpus(cpumap);
      if (cpus.length === 0) throw testError(ErrorCode.InvalidArg, 'Empty cpu list for pinning');
      setPin(def, 'emulatorpin', null, cpus);
      domain.touch();
      return {};
    },
    domainGetEmulatorPinInfo: ({ dom, maplen, flags }) => {
      checkExclusive(flags, live, config, 'virDomainGetEmulatorPinInfo');
      checkFlags(flags, impactMask, 'testDomainGetEmulatorPinInfo');
      const { def } = oneDefinition(domainOf(state, dom), flags);
      checkMapSize(1, maplen, ['ncpumaps', 'REMOTE_VCPUINFO_MAX']);
      const own = def.root.path('cputune/emulatorpin/@cpuset');
      const cpumaps = new Uint8Array(maplen);
      cpusToMap(own === null ? domainCpus(state, def) : parseCpus(own), cpumaps);
      return { cpumaps, ret: 1 };
    },
  };
}

/** The CPUs that the whole domain may use: those of `<vcpu cpuset=…>`, or all. */
export function domainCpus(state: TestState, def: DomainDefinition): readonly number[] {
  return cpuSetOf(def.root.child('vcpu')) ?? allCpus(maxCpus(state.node));
}

function vcpuCpus(state: TestState, def: DomainDefinition, vcpu: number): readonly number[] {
  const pins = def.root.child('cputune')?.children('vcpupin') ?? [];
  return cpuSetOf(pins.find((one) => one.attribute('vcpu') === String(vcpu)) ?? null) ?? domainCpus(state, def);
}

/**
 * Notes where a thread may run.
 *
 * @param name `vcpupin`, `emulatorpin` or `iothreadpin`
 * @param of the attribute that says which thread, null when there is only one
 */
export function setPin(
  def: DomainDefinition,
  name: string,
  of: readonly [string, string] | null,
  cpus: readonly number[],
): void {
  const tune = def.section('cputune');
  const others = tune.children().filter((pin) => pin.name === name && (of === null || pin.attribute(of[0]) === of[1]));
  removeChildren(tune, (pin) => others.includes(pin));
  const key = of === null ? {} : { [of[0]]: of[1] };
  insertBefore(tune, element(name, { ...key, cpuset: formatCpus(cpus) }), afterPins[name] ?? []);
}

// What libvirt prints after each kind of pin.
const afterIothreadPins = ['emulatorsched', 'vcpusched', 'iothreadsched', 'cachetune', 'memorytune'];
const afterPins: Readonly<Record<string, Before>> = {
  vcpupin: ['emulatorpin', 'iothreadpin', ...afterIothreadPins],
  emulatorpin: ['iothreadpin', ...afterIothreadPins],
  iothreadpin: afterIothreadPins,
};

// Maps are made as long as the caller says: libvirtd refuses what does not fit a message before it makes any.
const mostVcpus = 16384;
const mostMapBytes = 8_388_608;

function checkMapSize(count: number, maplen: number, [name, limit]: readonly [string, string]): void {
  if (count < 0 || count > mostVcpus) throw tooLong(`${name} > ${limit}`);
  if (maplen < 0 || Math.max(count, 1) * maplen > mostMapBytes) throw tooLong(`${name} * maplen > REMOTE_CPUMAPS_MAX`);
}
