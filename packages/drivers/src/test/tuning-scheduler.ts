// Scheduler, NUMA and performance event parameters.
import { parseCpuSet } from '@virtwire/conf';
import type { NonnullDomain, TypedParam } from '@virtwire/protocol';
import { typedParam, typedParams } from '@virtwire/protocol';
import {
  DomainModificationImpact as Impact,
  DomainNumaName as NumaName,
  PerfParamName,
} from '@virtwire/protocol/constants';
import { element } from '@virtwire/conf';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { formatCpus } from './cpu-map.ts';
import { ensureChild, insertBefore } from './domain-definition.ts';
import { domainOf } from './domain-list.ts';
import { checkFlags, checkNotEmpty, operationInvalid, testError } from './errors.ts';
import { domainError, oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { answerParams, checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
const stringOkay = 4;
const numaModes = ['strict', 'preferred', 'interleave', 'restrictive'] as const;
/** libvirt's order of performance events (virPerfEventType). */
const perfEvents = [
  PerfParamName.Cmt,
  PerfParamName.Mbmt,
  PerfParamName.Mbml,
  PerfParamName.CpuCycles,
  PerfParamName.Instructions,
  PerfParamName.CacheReferences,
  PerfParamName.CacheMisses,
  PerfParamName.BranchInstructions,
  PerfParamName.BranchMisses,
  PerfParamName.BusCycles,
  PerfParamName.StalledCyclesFrontend,
  PerfParamName.StalledCyclesBackend,
  PerfParamName.RefCpuCycles,
  PerfParamName.CpuClock,
  PerfParamName.TaskClock,
  PerfParamName.PageFaults,
  PerfParamName.ContextSwitches,
  PerfParamName.CpuMigrations,
  PerfParamName.PageFaultsMin,
  PerfParamName.PageFaultsMaj,
  PerfParamName.AlignmentFaults,
  PerfParamName.EmulationFaults,
] as const;

/** Answers the calls about the scheduler, NUMA memory and performance events. */
export function domainSchedulerHandlers(state: TestState): DriverHandlers {
  const getScheduler = (dom: NonnullDomain, flags: number) => {
    checkFlags(flags, 0, 'testDomainGetSchedulerParametersFlags');
    domainOf(state, dom);
    // The weight never changes: setting it is accepted and forgotten.
    return { params: typedParams({ weight: { uint: 50 } }) };
  };
  const setScheduler = (dom: NonnullDomain, params: readonly TypedParam[], flags: number) => {
    checkFlags(flags, 0, 'testDomainSetSchedulerParametersFlags');
    checkParams(params, { weight: 'uint' });
    domainOf(state, dom);
    return {};
  };

  return {
    domainGetSchedulerType: () => ({ type: 'fair', nparams: 1 }),
    domainGetSchedulerParameters: ({ dom }) => getScheduler(dom, 0),
    // libvirtd always says that it takes strings, a flag that the test driver does not know.
    domainGetSchedulerParametersFlags: ({ dom, flags }) => getScheduler(dom, flags | stringOkay),
    domainSetSchedulerParameters: ({ dom, params }) => {
      checkNotEmpty(params, 'virDomainSetSchedulerParameters', 'params');
      return setScheduler(dom, params, 0);
    },
    domainSetSchedulerParametersFlags: ({ dom, params, flags }) => {
      checkNotEmpty(params, 'virDomainSetSchedulerParametersFlags', 'params');
      return setScheduler(dom, params, flags);
    },

    domainGetNumaParameters: ({ dom, nparams, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetNumaParameters');
      if (nparams === 0) return { params: [], nparams: 2 };
      const memory = oneDefinition(domainOf(state, dom), flags).def.root.child('numatune')?.child('memory');
      const mode = Math.max(
        0,
        numaModes.findIndex((name) => name === memory?.attribute('mode')),
      );
      const params = typedParams({
        [NumaName.Mode]: { int: mode },
        [NumaName.Nodeset]: { string: memory?.attribute('nodeset') ?? '' },
      });
      return answerParams(params, nparams, flags);
    },
    domainSetNumaParameters: ({ dom, params, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetNumaParameters');
      const values = checkParams(params, { [NumaName.Mode]: 'int', [NumaName.Nodeset]: 'string' });
      const domain = domainOf(state, dom);
      const { def, live } = oneDefinition(domain, flags);
      const number = values.get(NumaName.Mode) as number | undefined;
      const mode = number === undefined ? undefined : numaModes[number];
      if (number !== undefined && mode === undefined) {
        throw testError(ErrorCode.InvalidArg, `unsupported numatune mode: '${number}'`);
      }
      const text = values.get(NumaName.Nodeset) as string | undefined;
      const nodes = text === undefined ? null : [...parseCpuSet(text)].sort((a, b) => a - b);
      if (nodes?.length === 0) throw operationInvalid(`Invalid nodeset of 'numatune': ${text}`);
      const known = def.root.child('numatune')?.child('memory') ?? null;
      if (live && mode !== undefined && known !== null && known.attribute('mode') !== mode) {
        throw operationInvalid("can't change numatune mode for running domain");
      }
      const isStatic = (known?.attribute('placement') ?? 'static') === 'static';
      const hasNodes = nodes !== null || (known?.attribute('nodeset') ?? null) !== null;
      if (!hasNodes && isStatic && mode !== undefined) {
        throw domainError(
          ErrorCode.ConfigUnsupported,
          "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
        );
      }
      const memory = known ?? ensureChild(def.section('numatune'), 'memory', ['memnode']);
      memory.setAttribute('mode', mode ?? known?.attribute('mode') ?? numaModes[0]);
      if (nodes !== null) {
        memory.setAttribute('nodeset', formatCpus(nodes));
        memory.setAttribute('placement', null);
      }
      domain.touch();
      return {};
    },

    domainGetPerfEvents: ({ dom, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetPerfEvents');
      const perf = oneDefinition(domainOf(state, dom), flags).def.root.child('perf')?.children('event') ?? [];
      const enabled = (name: string) =>
        perf.some((event) => event.attribute('name') === name && event.attribute('enabled') === 'yes');
      return { params: perfEvents.map((name) => typedParam(name, { boolean: enabled(name) })) };
    },
    domainSetPerfEvents: ({ dom, params, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetPerfEvents');
      const values = checkParams(params, Object.fromEntries(perfEvents.map((name) => [name, 'boolean'])));
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const perf = def.section('perf');
      const names: readonly string[] = perfEvents;
      for (const [name, on] of values) {
        const enabled = on ? 'yes' : 'no';
        const known = perf.children('event').find((event) => event.attribute('name') === name);
        known?.setAttribute('enabled', enabled);
        if (known === undefined) insertBefore(perf, element('event', { name, enabled }), []);
      }
      // libvirt prints them in its own order, not in that of the calls.
      perf.nodes.sort((a, b) => rank(a, names) - rank(b, names));
      domain.touch();
      return {};
    },
  };
}

function rank(node: unknown, names: readonly string[]): number {
  const event = node as { attribute?(name: string): string | null };
  return names.indexOf(event.attribute?.('name') ?? '');
}
