// What a domain is and how it is doing, in a few numbers.
import {
  ConnectGetAllDomainStatsFlags as StatsFlags,
  DomainControlErrorReason as ErrorReason,
  DomainControlState,
  DomainMessageType,
  DomainSetTimeFlags,
  DomainState,
  DomainStatsTypes,
  DomainXmlFlags,
  TypedParameterFlags,
} from '@virtwire/protocol/constants';
import type { TypedParam } from '@virtwire/protocol';
import { typedParam } from '@virtwire/protocol';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { nowUs } from './clock.ts';
import { iothreadStats } from './iothread-polling.ts';
import { activeDomainOf, domainOf, matchesList } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import { checkFlags, operationInvalid, testError } from './errors.ts';
import type { TestState } from './state.ts';

const xmlFlagsMask = Object.values(DomainXmlFlags).reduce((all, flag) => all | flag, 0);
const statsFlagsMask = Object.values(StatsFlags).reduce((all, flag) => all | flag, 0) >>> 0;
const supportedStats = DomainStatsTypes.State | DomainStatsTypes.Iothread;
const runningLabel = new TextEncoder().encode('libvirt-test\0');
const emptyLabel = Uint8Array.of(0);

/** Answers the calls that tell how domains are. */
export function domainInfoHandlers(state: TestState): DriverHandlers {
  const setTime = (domain: TestDomain, seconds: bigint, nanoseconds: number) => {
    domain.seconds = seconds;
    domain.nanoseconds = nanoseconds;
  };
  return {
    domainGetInfo: ({ dom }) => {
      const domain = domainOf(state, dom);
      const def = domain.def;
      return {
        state: domain.state,
        maxMem: def.maxMemory,
        memory: def.memory,
        nrVirtCpu: def.vcpus,
        // Grows even when the domain is off: libvirt's test driver makes it of the time of day, in nanoseconds.
        cpuTime: BigInt(nowUs()) * 1000n,
      };
    },
    domainGetState: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainGetState');
      const domain = domainOf(state, dom);
      return { state: domain.state, reason: domain.reason };
    },
    domainGetXmlDesc: ({ dom, flags }) => {
      checkFlags(flags, xmlFlagsMask, 'testDomainGetXMLDesc');
      const domain = domainOf(state, dom);
      return { xml: domain.xml(flags, () => formatDefinition(domain, flags)) };
    },
    domainGetOsType: () => ({ type: 'linux' }),
    domainIsActive: ({ dom }) => ({ active: domainOf(state, dom).active ? 1 : 0 }),
    domainIsPersistent: ({ dom }) => ({ persistent: domainOf(state, dom).persistent ? 1 : 0 }),
    domainIsUpdated: () => ({ updated: 0 }),
    domainGetAutostart: ({ dom }) => ({ autostart: domainOf(state, dom).autostart ? 1 : 0 }),
    domainSetAutostart: ({ dom, autostart }) => {
      domainOf(state, dom).autostart = autostart !== 0;
      return {};
    },
    domainGetHostname: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainGetHostname');
      activeDomainOf(state, dom);
      return { hostname: `${dom.name}host` };
    },
    domainGetControlInfo: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainGetControlInfo');
      return controlInfo(activeDomainOf(state, dom).seconds);
    },
    domainGetTime: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainGetTime');
      const domain = domainOf(state, dom);
      if (domain.state !== DomainState.Running) throw operationInvalid('domain is not running');
      return { seconds: domain.seconds, nseconds: domain.nanoseconds };
    },
    domainSetTime: ({ dom, seconds, nseconds, flags }) => {
      checkFlags(flags, DomainSetTimeFlags.Sync, 'testDomainSetTime');
      setTime(activeDomainOf(state, dom), seconds, nseconds);
      return {};
    },
    domainGetSecurityLabel: ({ dom }) =>
      domainOf(state, dom).active ? { label: runningLabel, enforcing: 1 } : { label: emptyLabel, enforcing: 0 },
    // Not supported, but libvirtd 9.0.0 does not notice and sends a list of -1 labels.
    domainGetSecurityLabelList: () => ({ labels: [], ret: -1 }),
    domainGetLaunchSecurityInfo: ({ flags }) => {
      // libvirtd always says that it takes strings, a flag that the test driver does not know.
      checkFlags(flags | TypedParameterFlags.StringOkay, 0, 'testDomainGetLaunchSecurityInfo');
      return { params: [] };
    },
    domainGetMessages: ({ dom, flags }) => {
      const known = DomainMessageType.Deprecation | DomainMessageType.Tainting;
      checkFlags(flags, known, 'testDomainGetMessages');
      const domain = domainOf(state, dom);
      const wanted = flags === 0 ? known : flags;
      return {
        msgs: [
          ...((wanted & DomainMessageType.Tainting) !== 0 ? domain.taints.map((taint) => `tainted: ${taint}`) : []),
          ...((wanted & DomainMessageType.Deprecation) !== 0
            ? domain.deprecations.map((what) => `deprecated configuration: ${what}`)
            : []),
        ],
      };
    },
    connectGetAllDomainStats: ({ doms, stats, flags }) => {
      checkFlags(flags, statsFlagsMask, 'testConnectGetAllDomainStats');
      const unknown = (stats & ~supportedStats) >>> 0;
      if ((flags & StatsFlags.EnforceStats) !== 0 && unknown !== 0) {
        throw testError(
          ErrorCode.ArgumentUnsupported,
          `Stats types bits 0x${unknown.toString(16)} are not supported by this daemon`,
        );
      }
      const wanted = stats === 0 ? supportedStats : stats & supportedStats;
      const records = [];
      // Domains that were named and are gone by now are left out (virDomainObjListConvert skips them).
      const domains = doms.length === 0 ? state.domains.values() : doms.map((dom) => state.domains.byUuid(dom.uuid));
      const filter = flags & listMask;
      for (const domain of domains) {
        if (domain !== undefined && matchesList(domain, filter)) {
          records.push({ dom: domain.ref, params: statsOf(domain, wanted) });
        }
      }
      return { retStats: records };
    },
  };
}

// The lower bits filter like those of virConnectListAllDomains, the upper three change how statistics are read.
const listMask = 0xff;

function statsOf(domain: TestDomain, wanted: number): TypedParam[] {
  const params = (wanted & DomainStatsTypes.State) === 0 ? [] : stateStats(domain.state, domain.reason);
  if ((wanted & DomainStatsTypes.Iothread) === 0 || domain.iothreads.length === 0) return params;
  return [...params, ...iothreadStats(domain.iothreads)];
}

// There are few states, and many domains in each.
const statsByState = new Map<number, TypedParam[]>();

function stateStats(state: number, reason: number): TypedParam[] {
  const key = state * 256 + reason;
  let params = statsByState.get(key);
  if (params === undefined) {
    params = [typedParam('state.state', { int: state }), typedParam('state.reason', { int: reason })];
    statsByState.set(key, params);
  }
  return params;
}

function controlInfo(seconds: bigint) {
  if (seconds > 0n && seconds < 10000n) {
    return { state: DomainControlState.Job, details: 0, stateTime: seconds };
  }
  if (seconds >= 10000n && seconds < 30000n) {
    return { state: DomainControlState.Occupied, details: 0, stateTime: seconds - 10000n };
  }
  if (seconds >= 30000n && seconds < 60000n) {
    const details = Number(seconds % 4n);
    return { state: DomainControlState.Error, details, stateTime: seconds - 30000n };
  }
  return { state: DomainControlState.Ok, details: ErrorReason.None, stateTime: 0n };
}

function formatDefinition(domain: TestDomain, flags: number): string {
  const secure = (flags & DomainXmlFlags.Secure) !== 0;
  const inactive = (flags & DomainXmlFlags.Inactive) !== 0;
  const { conf } = inactive ? domain.inactiveDef : domain.def;
  return conf.format(inactive ? { secure } : { id: domain.id, secure });
}
