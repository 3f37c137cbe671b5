// Memory of domains: sizes, statistics, limits, and a look at its content.
import { typedParams } from '@virtwire/protocol';
import {
  DOMAIN_MEMORY_PARAM_UNLIMITED as UNLIMITED,
  DomainMemoryFlags as PeekFlags,
  DomainMemoryModFlags as MemoryFlags,
  DomainMemoryName as Name,
  DomainMemoryStatTags as Tag,
  DomainModificationImpact as Impact,
} from '@virtwire/protocol/constants';
import type { NonnullDomain } from '@virtwire/protocol';
import { scaleInteger } from '@virtwire/conf';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { type DomainDefinition, ensureChild, setText } from './domain-definition.ts';
import { activeDomainOf, domainOf } from './domain-list.ts';
import {
  badArgument,
  checkExclusive,
  checkFlags,
  checkNonZero,
  operationInvalid,
  testError,
  tooLong,
} from './errors.ts';
import { oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { answerParams, checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
/** Most bytes that one look may take (REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX). */
const mostPeekBytes = 4_194_304;
const stringOkay = 4;

/** Answers the calls about memory. */
export function domainMemoryHandlers(state: TestState): DriverHandlers {
  const setMemory = (dom: NonnullDomain, memory: bigint, flags: number) => {
    checkFlags(flags, impactMask | MemoryFlags.Maximum, 'testDomainSetMemoryFlags');
    const domain = domainOf(state, dom);
    const { def, live } = oneDefinition(domain, flags);
    if ((flags & MemoryFlags.Maximum) !== 0) {
      if (live) throw operationInvalid('cannot resize the maximum memory on an active domain');
      if ((def.root.child('cpu')?.child('numa')?.children('cell').length ?? 0) > 0) {
        throw operationInvalid('initial memory size of a domain with NUMA nodes cannot be modified with this API');
      }
      const limit = def.root.child('maxMemory');
      if (limit !== null && kib(limit.text, limit.attribute('unit')) < memory) {
        throw operationInvalid('cannot set initial memory size greater than the maximum memory size');
      }
      def.setMaxMemory(memory);
    } else {
      if (memory > def.maxMemory) throw testError(ErrorCode.InvalidArg, 'cannot set memory higher than max memory');
      def.setMemory(memory);
    }
    domain.touch();
    return {};
  };

  return {
    domainGetMaxMemory: ({ dom }) => ({ memory: domainOf(state, dom).def.maxMemory }),
    domainSetMaxMemory: ({ dom, memory }) => {
      checkNonZero(memory, 'virDomainSetMaxMemory', 'memory');
      return setMemory(dom, memory, MemoryFlags.Maximum);
    },
    domainSetMemory: ({ dom, memory }) => {
      checkNonZero(memory, 'virDomainSetMemory', 'memory');
      return setMemory(dom, memory, Impact.Live);
    },
    domainSetMemoryFlags: ({ dom, memory, flags }) => {
      checkNonZero(memory, 'virDomainSetMemoryFlags', 'memory');
      return setMemory(dom, memory, flags);
    },
    domainSetMemoryStatsPeriod: ({ dom, period, flags }) => {
      if (period < 0) {
        const api = 'virDomainSetMemoryStatsPeriod';
        throw badArgument(api, 'period', `period in ${api} must be zero or greater`);
      }
      checkFlags(flags, impactMask, 'testDomainSetMemoryStatsPeriod');
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const [balloon] = def.devices('memballoon');
      if (balloon === undefined || !def.hasBalloon) {
        throw testError(
          ErrorCode.InternalError,
          'No memory balloon device configured, can not set the collection period',
        );
      }
      ensureChild(balloon, 'stats', ['alias', 'address', 'driver']).setAttribute('period', String(period));
      domain.touch();
      return {};
    },
    domainMemoryStats: ({ dom, maxStats, flags }) => {
      checkFlags(flags, 0, 'testDomainMemoryStats');
      const { def } = activeDomainOf(state, dom);
      const stats = def.hasBalloon ? balloonStats(def.memory) : [];
      return { stats: stats.slice(0, maxStats) };
    },
    domainMemoryPeek: ({ dom, offset, size, flags }) => {
      checkExclusive(
        flags,
        [PeekFlags.Virtual, 'VIR_MEMORY_VIRTUAL'],
        [PeekFlags.Physical, 'VIR_MEMORY_PHYSICAL'],
        'virDomainMemoryPeek',
      );
      if (size > mostPeekBytes) throw tooLong('size > maximum buffer size');
      checkFlags(flags, PeekFlags.Virtual | PeekFlags.Physical, 'testDomainMemoryPeek');
      if (flags === 0) {
        throw testError(ErrorCode.InvalidArg, 'flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL');
      }
      activeDomainOf(state, dom);
      const first = Number(offset & 0xffn);
      return { buffer: Uint8Array.from({ length: size }, (_, index) => first + index) };
    },
    domainGetMemoryParameters: ({ dom, nparams, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetMemoryParameters');
      if (nparams === 0) return { params: [], nparams: limits.length };
      const { def } = oneDefinition(domainOf(state, dom), flags);
      const params = typedParams(
        Object.fromEntries(limits.map(([name, path]) => [name, { ullong: limitOf(def, path) }])),
      );
      return answerParams(params, nparams, flags);
    },
    domainSetMemoryParameters: ({ dom, params, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetMemoryParameters');
      const values = checkParams(params, Object.fromEntries(limits.map(([name]) => [name, 'ullong'])));
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const hard = values.get(Name.HardLimit);
      const swap = values.get(Name.SwapHardLimit);
      if (hard !== undefined || swap !== undefined) {
        const nextHard = BigInt(hard ?? limitOf(domain.def, 'hard_limit'));
        const nextSwap = BigInt(swap ?? limitOf(domain.def, 'swap_hard_limit'));
        if (nextHard > nextSwap) {
          throw testError(
            ErrorCode.InvalidArg,
            'memory hard_limit tunable value must be lower than or equal to swap_hard_limit',
          );
        }
      }
      for (const [name, path] of limits) {
        const value = values.get(name);
        if (value !== undefined) setLimit(def, path, BigInt(value));
      }
      domain.touch();
      return {};
    },
  };
}

const limits = [
  [Name.HardLimit, 'hard_limit'],
  [Name.SoftLimit, 'soft_limit'],
  [Name.SwapHardLimit, 'swap_hard_limit'],
] as const;

function kib(text: string, unit: string | null): bigint {
  return scaleInteger(BigInt(text.trim() || '0'), unit, 1024n) / 1024n;
}

function limitOf(def: DomainDefinition, name: string): bigint {
  const limit = def.root.child('memtune')?.child(name) ?? null;
  return limit === null ? UNLIMITED : kib(limit.text, limit.attribute('unit'));
}

function setLimit(def: DomainDefinition, name: string, value: bigint): void {
  const tune = def.section('memtune');
  const order: readonly string[] = ['hard_limit', 'soft_limit', 'min_guarantee', 'swap_hard_limit'];
  // A limit that is none is not written down.
  setText(tune, name, value >= UNLIMITED ? null : String(value), order.slice(order.indexOf(name) + 1));
  tune.child(name)?.setAttribute('unit', 'KiB');
  def.dropEmpty('memtune');
}

function balloonStats(memory: bigint) {
  return [
    { tag: Tag.ActualBalloon, val: memory },
    { tag: Tag.SwapIn, val: 0n },
    { tag: Tag.SwapOut, val: 0n },
    { tag: Tag.MajorFault, val: 0n },
    { tag: Tag.MinorFault, val: 0n },
    { tag: Tag.Unused, val: memory / 2n },
    { tag: Tag.Available, val: memory },
    { tag: Tag.Usable, val: memory / 2n },
    { tag: Tag.LastUpdate, val: 627319920n },
    { tag: Tag.DiskCaches, val: memory / 8n },
    { tag: Tag.HugetlbPgalloc, val: 0n },
    { tag: Tag.HugetlbPgfail, val: 0n },
    { tag: Tag.Rss, val: memory / 2n },
  ];
}
