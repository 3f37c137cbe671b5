// I/O threads of domains.
import { DomainIothreadName as Name, DomainModificationImpact as Impact } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { allCpus, cpuSetOf, cpusToMap, mapToCpus } from './cpu-map.ts';
import { type DomainDefinition, removeChildren } from './domain-definition.ts';
import { activeDomainOf, domainOf } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import type { IothreadPolling } from './iothread-polling.ts';
import { setPin } from './domain-vcpu.ts';
import { checkExclusive, checkFlags, checkNonZero, checkNotEmpty, testError } from './errors.ts';
import { domainError, oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
const live = [Impact.Live, 'VIR_DOMAIN_AFFECT_LIVE'] as const;
const config = [Impact.Config, 'VIR_DOMAIN_AFFECT_CONFIG'] as const;

/** Answers the calls about I/O threads. */
export function domainIothreadHandlers(state: TestState): DriverHandlers {
  const polling = (domain: TestDomain, id: number): IothreadPolling => {
    const found = domain.iothreads.find((thread) => thread.id === id);
    if (found === undefined) throw testError(ErrorCode.InvalidArg, `cannot find IOThread '${id}' in iothreadids`);
    return found;
  };

  return {
    domainGetIothreadInfo: ({ dom, flags }) => {
      checkExclusive(flags, live, config, 'virDomainGetIOThreadInfo');
      checkFlags(flags, impactMask, 'testDomainGetIOThreadInfo');
      const { def } = oneDefinition(domainOf(state, dom), flags);
      const pins = def.root.child('cputune')?.children('iothreadpin') ?? [];
      const info = def.conf.iothreadIds.map((id) => {
        const pin = pins.find((one) => one.attribute('iothread') === String(id)) ?? null;
        // A thread without a pin may use as many CPUs as the domain has virtual ones (virDomainIOThreadInfo...).
        const cpus = cpuSetOf(pin) ?? cpuSetOf(def.root.child('vcpu')) ?? allCpus(def.vcpus);
        const cpumap = new Uint8Array(((cpus.at(-1) ?? -1) >> 3) + 1);
        cpusToMap(cpus, cpumap);
        return { iothread_id: id, cpumap };
      });
      return { info, ret: info.length };
    },
    domainAddIothread: ({ dom, iothread_id, flags }) => {
      checkFlags(flags, impactMask, 'testDomainAddIOThread');
      if (iothread_id === 0) throw testError(ErrorCode.InvalidArg, 'invalid value of 0 for iothread_id');
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const ids = def.conf.iothreadIds;
      if (ids.includes(iothread_id)) {
        throw domainError(ErrorCode.InvalidArg, `an IOThread is already using iothread_id '${iothread_id}'`);
      }
      def.conf.iothreadIds = [...ids, iothread_id];
      domain.iothreads.push({ id: iothread_id, maxNs: 32768n, grow: 0, shrink: 0 });
      domain.touch();
      return {};
    },
    domainDelIothread: ({ dom, iothread_id, flags }) => {
      checkNonZero(iothread_id, 'virDomainDelIOThread', 'iothread_id');
      checkFlags(flags, impactMask, 'testDomainDelIOThread');
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const ids = def.conf.iothreadIds;
      if (!ids.includes(iothread_id)) {
        throw domainError(ErrorCode.InvalidArg, `cannot find IOThread '${iothread_id}' in iothreadids list`);
      }
      def.conf.iothreadIds = ids.filter((id) => id !== iothread_id);
      removePin(def, iothread_id);
      const index = domain.iothreads.findIndex((thread) => thread.id === iothread_id);
      if (index >= 0) domain.iothreads.splice(index, 1);
      domain.touch();
      return {};
    },
    domainPinIothread: ({ dom, iothreads_id, cpumap, flags }) => {
      checkNotEmpty(cpumap, 'virDomainPinIOThread', 'cpumap');
      checkFlags(flags, impactMask, 'testDomainPinIOThread');
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const cpus = mapToCpus(cpumap);
      if (cpus.length === 0) throw testError(ErrorCode.InvalidArg, 'Empty iothread cpumap list for pinning');
      if (!def.conf.iothreadIds.includes(iothreads_id)) {
        throw testError(ErrorCode.InvalidArg, `iothreadid ${iothreads_id} not found`);
      }
      setPin(def, 'iothreadpin', ['iothread', String(iothreads_id)], cpus);
      domain.touch();
      return {};
    },
    domainSetIothreadParams: ({ dom, iothread_id, params, flags }) => {
      checkNotEmpty(params, 'virDomainSetIOThreadParams', 'params');
      checkFlags(flags, Impact.Live, 'testDomainSetIOThreadParams');
      const values = checkParams(params, {
        [Name.PollMaxNs]: 'ullong',
        [Name.PollGrow]: 'uint',
        [Name.PollShrink]: 'uint',
      });
      const domain = activeDomainOf(state, dom);
      const thread = polling(domain, iothread_id);
      thread.maxNs = BigInt(values.get(Name.PollMaxNs) ?? thread.maxNs);
      thread.grow = Number(values.get(Name.PollGrow) ?? thread.grow);
      thread.shrink = Number(values.get(Name.PollShrink) ?? thread.shrink);
      return {};
    },
  };
}

function removePin(def: DomainDefinition, id: number): void {
  const tune = def.root.child('cputune');
  if (tune === null) return;
  removeChildren(tune, (pin) => pin.name === 'iothreadpin' && pin.attribute('iothread') === String(id));
  def.dropEmpty('cputune');
}
