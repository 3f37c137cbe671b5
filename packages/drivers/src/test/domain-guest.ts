// What the driver pretends to know from inside domains, and what it hands in.
import type { NonnullDomain } from '@virtwire/protocol';
import {
  DomainInterfaceAddressesSource as Source,
  DomainProcessSignal,
  DomainSetUserPasswordFlags,
  IpAddrType,
} from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { addToAddress, prefixLength } from './address.ts';
import type { DefinedInterface } from './domain-definition.ts';
import { activeDomainOf, domainOf } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import { badArgument, checkFlags, checkNonZero, operationInvalid, testError } from './errors.ts';
import { codesetNames, isKeycode } from './keycodes.ts';
import { networkByName } from './network.ts';
import { screenshotPng } from './screenshot.ts';
import type { TestState } from './state.ts';

const mountPoints = ['/', '/boot'] as const;
const signalCount = Object.keys(DomainProcessSignal).length;

/** Answers the calls about the inside of domains. */
export function domainGuestHandlers(state: TestState): DriverHandlers {
  // Freezes or thaws; all file systems, or those that are named. Nothing changes when one of them is unknown.
  const setFrozen = (dom: NonnullDomain, mountpoints: readonly string[], frozen: boolean) => {
    const domain = activeDomainOf(state, dom);
    const wanted = mountpoints.length === 0 ? mountPoints : mountpoints;
    const indexes = wanted.map((point) => {
      const index = mountPoints.findIndex((known) => known === point);
      if (index < 0) throw operationInvalid(`mount point not found: ${point}`);
      return index as 0 | 1;
    });
    let changed = 0;
    for (const index of indexes) {
      if (domain.frozen[index] === frozen) continue;
      domain.frozen[index] = frozen;
      changed++;
    }
    return { filesystems: changed };
  };

  return {
    domainGetFsinfo: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainGetFSInfo');
      const info = fileSystems(activeDomainOf(state, dom));
      return { info, ret: info.length };
    },
    domainFsfreeze: ({ dom, mountpoints, flags }) => {
      checkFlags(flags, 0, 'testDomainFSFreeze');
      return setFrozen(dom, mountpoints, true);
    },
    domainFsthaw: ({ dom, mountpoints, flags }) => {
      checkFlags(flags, 0, 'testDomainFSThaw');
      return setFrozen(dom, mountpoints, false);
    },
    domainFstrim: ({ dom, mountPoint, flags }) => {
      checkFlags(flags, 0, 'testDomainFSTrim');
      activeDomainOf(state, dom);
      if (mountPoint !== null && !mountPoints.some((known) => known === mountPoint)) {
        throw operationInvalid(`mount point not found: ${mountPoint}`);
      }
      return {};
    },
    domainInterfaceAddresses: ({ dom, source, flags }) => {
      checkFlags(flags, 0, 'testDomainInterfaceAddresses');
      if (source > Source.Arp) {
        throw testError(ErrorCode.ArgumentUnsupported, `Unknown IP address data source ${source}`);
      }
      const domain = activeDomainOf(state, dom);
      return {
        ifaces: domain.def.interfaces.map((net, index) => ({
          name: net.target ?? '',
          hwaddr: net.mac,
          addrs: [addressOf(state, domain, net, index)],
        })),
      };
    },
    domainSetUserPassword: ({ dom, flags }) => {
      checkFlags(flags, DomainSetUserPasswordFlags.Encrypted, 'testDomainSetUserPassword');
      activeDomainOf(state, dom);
      return {};
    },
    domainSendKey: ({ dom, codeset, keycodes, flags }) => {
      const api = 'virDomainSendKey';
      if (keycodes.length === 0) {
        throw badArgument(api, 'keycodes', `keycodes in ${api} must not be NULL`);
      }
      const name = codesetNames[codeset];
      if (name === undefined) throw badArgument(api, 'codeset', `Unsupported codeset '${codeset}'`);
      checkFlags(flags, 0, 'testDomainSendKey');
      activeDomainOf(state, dom);
      for (const keycode of keycodes) {
        if (!isKeycode(codeset, keycode)) {
          throw testError(ErrorCode.InternalError, `invalid keycode ${keycode} of ${name} codeset`);
        }
      }
      return {};
    },
    domainSendProcessSignal: ({ dom, pid_value, signum, flags }) => {
      checkNonZero(pid_value, 'virDomainSendProcessSignal', 'pid_value');
      checkFlags(flags, 0, 'testDomainSendProcessSignal');
      if (pid_value !== 1n) {
        throw testError(ErrorCode.InvalidArg, 'only sending a signal to pid 1 is supported');
      }
      if (signum >= signalCount) {
        throw testError(ErrorCode.InvalidArg, `signum value ${signum} is out of range`);
      }
      domainOf(state, dom);
      return {};
    },
    domainScreenshot: ({ flags }, { stream }) => {
      checkFlags(flags, 0, 'testDomainScreenshot');
      // The picture is the same for every domain, running or not, known or not.
      stream?.receive({
        data: () => undefined,
        hole: () => undefined,
        finish: () => undefined,
        abort: () => undefined,
      });
      stream?.write(screenshotPng());
      stream?.end();
      return { mime: 'image/png' };
    },
  };
}

function fileSystems(domain: TestDomain) {
  const disk = domain.def.disks.find(({ device }) => device === 'disk');
  if (disk === undefined) return [];
  return mountPoints.map((mountpoint, index) => ({
    mountpoint,
    name: `${disk.target}${index + 1}`,
    fstype: 'ext4',
    dev_aliases: [disk.target],
  }));
}

function addressOf(state: TestState, domain: TestDomain, net: DefinedInterface, index: number) {
  if (net.type !== 'network') return { type: IpAddrType.Ipv4, addr: `192.168.0.${index + 1}`, prefix: 24 };
  const ip = networkByName(state, net.network ?? '').def.root.child('ip');
  const own = ip?.attribute('address') ?? '0.0.0.0';
  const first = ip?.child('dhcp')?.child('range')?.attribute('start') ?? own;
  const six = ip?.attribute('family') === 'ipv6';
  return {
    type: six ? IpAddrType.Ipv6 : IpAddrType.Ipv4,
    addr: addToAddress(first, 20 * (domain.id - 1) + index + 1),
    prefix: prefixLength(own, ip?.attribute('netmask') ?? null, ip?.attribute('prefix') ?? null),
  };
}
