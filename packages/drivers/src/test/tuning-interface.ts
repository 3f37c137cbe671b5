// Bandwidth of the interfaces of domains.
import { element, type XmlElement } from '@virtwire/conf';
import { typedParams, type PlainValue } from '@virtwire/protocol';
import { DomainBandwidthName as Name, DomainModificationImpact as Impact } from '@virtwire/protocol/constants';
import type { DriverHandlers } from '../define.ts';
import { insertBefore, removeChildren } from './domain-definition.ts';
import { domainOf } from './domain-list.ts';
import { interfaceOf } from './domain-stats.ts';
import { checkFlags } from './errors.ts';
import { oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { answerParams, checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
const stringOkay = 4;

const params = [
  [Name.InAverage, 'inbound', 'average'],
  [Name.InPeak, 'inbound', 'peak'],
  [Name.InBurst, 'inbound', 'burst'],
  [Name.InFloor, 'inbound', 'floor'],
  [Name.OutAverage, 'outbound', 'average'],
  [Name.OutPeak, 'outbound', 'peak'],
  [Name.OutBurst, 'outbound', 'burst'],
] as const;
/** Attributes in the order in which libvirt prints them. */
const attributes = ['average', 'peak', 'floor', 'burst'] as const;
const afterBandwidth = [
  'vlan',
  'port',
  'script',
  'downscript',
  'backenddomain',
  'target',
  'guest',
  'model',
  'driver',
  'backend',
  'filterref',
  'link',
  'tune',
  'mtu',
  'teaming',
  'coalesce',
  'boot',
  'alias',
  'rom',
  'acpi',
  'address',
];

/** Answers the calls about bandwidth. */
export function domainBandwidthHandlers(state: TestState): DriverHandlers {
  return {
    domainGetInterfaceParameters: ({ dom, device, nparams, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetInterfaceParameters');
      if (nparams === 0) return { params: [], nparams: params.length };
      const { def } = oneDefinition(domainOf(state, dom), flags);
      const bandwidth = interfaceOf(def, device).element.child('bandwidth');
      const read = (side: string, name: string) => Number(bandwidth?.child(side)?.attribute(name) ?? 0);
      const values = Object.fromEntries(params.map(([field, side, name]) => [field, { uint: read(side, name) }]));
      return answerParams(typedParams(values), nparams, flags);
    },
    domainSetInterfaceParameters: ({ dom, device, params: given, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetInterfaceParameters');
      const values = checkParams(given, Object.fromEntries(params.map(([field]) => [field, 'uint'])));
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const net = interfaceOf(def, device).element;
      let bandwidth = net.child('bandwidth');
      if (bandwidth === null) insertBefore(net, (bandwidth = element('bandwidth')), afterBandwidth);
      setSide(bandwidth, 'inbound', values);
      setSide(bandwidth, 'outbound', values);
      if (bandwidth.nodes.length === 0) removeChildren(net, (child) => child === bandwidth);
      domain.touch();
      return {};
    },
  };
}

// A side is set as a whole: what is not given is 0. Without an average (or a floor) there is nothing to set.
function setSide(bandwidth: XmlElement, side: 'inbound' | 'outbound', values: ReadonlyMap<string, PlainValue>): void {
  const given = new Map<string, number>();
  for (const [field, of, name] of params)
    if (of === side && values.has(field)) given.set(name, Number(values.get(field)));
  const specified = given.has('average') || given.has('floor');
  const counts = (given.get('average') ?? 0) !== 0 || (given.get('floor') ?? 0) !== 0;
  if (!specified && !counts) return;
  removeChildren(bandwidth, (child) => child.name === side);
  if (!counts) return;
  const list = attributes.flatMap((name) => {
    const value = given.get(name) ?? 0;
    return value === 0 ? [] : [[name, value] as const];
  });
  insertBefore(bandwidth, element(side, Object.fromEntries(list)), side === 'inbound' ? ['outbound'] : []);
}
