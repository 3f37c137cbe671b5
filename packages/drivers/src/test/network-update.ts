// Changes single parts of a network, running or not.
import { NetworkDef, parseXml, type XmlElement } from '@virtwire/conf';
import { NetworkUpdateCommand as Command, NetworkUpdateFlags as Flags } from '@virtwire/protocol/constants';
import { type Answer, ErrorCode } from '@virtwire/rpc';
import { chain } from './chain.ts';
import { ensureChild, removeChildren } from './domain-definition.ts';
import { networkError } from './network-error.ts';
import type { TestNetwork } from './network-object.ts';

/** What to change. */
export interface NetworkUpdate {
  readonly command: number;
  readonly section: number;
  /** Which `<ip>` it is about, -1 for the one that has DHCP. */
  readonly parentIndex: number;
  readonly xml: string;
  readonly flags: number;
}

/** One kind of part that can be changed. */
interface Section {
  /** Name of the element. */
  readonly element: string;
  /** Where it stands. */
  parent(root: XmlElement, index: number, name: string): XmlElement;
  /** Whether two elements stand for the same thing. */
  same(a: XmlElement, b: XmlElement): boolean;
  /** The refusal of adding one that is there already. */
  exists(added: XmlElement, name: string): string;
  /** The refusal of deleting one that is not there. */
  missing(asked: XmlElement, name: string): string;
  /** The refusal of modifying one; left out when that can be done. */
  readonly fixed?: string;
}

const attribute = (of: XmlElement, name: string) => of.attribute(name) ?? '(null)';
const sameAttributes = (names: readonly string[]) => (a: XmlElement, b: XmlElement) =>
  names.every((name) => a.attribute(name) === b.attribute(name));
const anySame = (names: readonly string[]) => (a: XmlElement, b: XmlElement) =>
  names.some((name) => a.attribute(name) !== null && a.attribute(name) === b.attribute(name));
const dns = (root: XmlElement) => ensureChild(root, 'dns');
const fixed = (what: string) => `${what} cannot be modified, only added or deleted`;

// Numbers of virNetworkUpdateSection.
const sections: Readonly<Record<number, Section>> = {
  4: {
    element: 'host',
    parent: dhcpOf,
    same: anySame(['mac', 'name', 'ip']),
    exists: (host, name) =>
      `there is an existing dhcp host entry in network '${name}' that matches ` +
      `"<host mac='${attribute(host, 'mac')}' name='${attribute(host, 'name')}' ip='${attribute(host, 'ip')}'/>"`,
    missing: (_host, name) => `couldn't locate a matching dhcp host entry in network '${name}'`,
  },
  5: {
    element: 'range',
    parent: dhcpOf,
    same: sameAttributes(['start', 'end']),
    exists: (range, name) =>
      `there is an existing dhcp range entry in network '${name}' that matches ` +
      `"<range start='${attribute(range, 'start')}' end='${attribute(range, 'end')}'/>"`,
    missing: (_range, name) => `couldn't locate a matching dhcp range entry in network '${name}'`,
    fixed: fixed('dhcp ranges'),
  },
  7: {
    element: 'interface',
    parent: (root) => ensureChild(root, 'forward'),
    same: sameAttributes(['dev']),
    exists: (one, name) =>
      `there is an existing interface entry in network '${name}' that matches "<interface dev='${attribute(one, 'dev')}'>"`,
    missing: (one, name) =>
      `couldn't find an interface entry in network '${name}' matching <interface dev='${attribute(one, 'dev')}'>`,
    fixed: fixed('forward interface entries'),
  },
  9: {
    element: 'portgroup',
    parent: (root) => root,
    same: sameAttributes(['name']),
    exists: (group, name) =>
      `there is an existing portgroup entry in network '${name}' that matches "<portgroup name='${attribute(group, 'name')}'>"`,
    missing: (group, name) =>
      `couldn't find a portgroup entry in network '${name}' matching <portgroup name='${attribute(group, 'name')}'>`,
  },
  10: {
    element: 'host',
    parent: dns,
    same: (a, b) => a.attribute('ip') === b.attribute('ip') || hostnames(a).some((name) => hostnames(b).includes(name)),
    exists: (_host, name) => `there is already at least one DNS HOST record with a matching field in network ${name}`,
    missing: (_host, name) => `couldn't locate a matching DNS HOST record in network ${name}`,
    fixed: fixed('DNS HOST records'),
  },
  11: {
    element: 'txt',
    parent: dns,
    same: sameAttributes(['name']),
    exists: (txt, name) => `there is already a DNS TXT record with name '${attribute(txt, 'name')}' in network ${name}`,
    missing: (_txt, name) => `couldn't locate a matching DNS TXT record in network ${name}`,
    fixed: fixed('DNS TXT records'),
  },
  12: {
    element: 'srv',
    parent: dns,
    same: sameAttributes(['domain', 'service', 'protocol', 'target', 'port', 'priority', 'weight']),
    exists: (_srv, name) =>
      `there is already at least one DNS SRV record matching all specified fields in network ${name}`,
    missing: (_srv, name) => `couldn't locate a matching DNS SRV record in network ${name}`,
    fixed: fixed('DNS SRV records'),
  },
};
/** Names of the sections that cannot be changed, by number. */
const otherSections: Readonly<Record<number, string>> = {
  1: 'bridge',
  2: 'domain',
  3: 'ip',
  6: 'forward',
  8: 'forward-pf',
};

/**
 * Changes one part of a network.
 *
 * @throws LibvirtError in the words of virNetworkDefUpdateSection
 */
export function updateNetwork(network: TestNetwork, update: NetworkUpdate): Answer<void> {
  let flags = update.flags & (Flags.Live | Flags.Config);
  if (flags === Flags.Current) flags = network.active ? Flags.Live : Flags.Config;
  if (!network.active && (flags & Flags.Live) !== 0) {
    throw networkError(ErrorCode.OperationInvalid, 'network is not running');
  }
  if (!network.persistent && (flags & Flags.Config) !== 0) {
    throw networkError(ErrorCode.OperationInvalid, 'cannot change persistent config of a transient network');
  }
  const change = (def: NetworkDef) => changed(def, update);
  // Both are tried before either is kept.
  const config = (flags & Flags.Config) !== 0 ? change(network.configDef) : null;
  return chain(config, (nextConfig) =>
    chain((flags & Flags.Live) !== 0 ? change(network.def) : null, (nextLive) => {
      if (nextConfig !== null) network.configDef = nextConfig;
      if (nextLive !== null) network.def = nextLive;
    }),
  );
}

function changed(def: NetworkDef, { command, section: number, parentIndex, xml }: NetworkUpdate): Answer<NetworkDef> {
  const section = sections[number];
  if (section === undefined) {
    const name = otherSections[number];
    throw unsupported(
      name === undefined
        ? "can't update unrecognized section of network"
        : `can't update '${name}' section of network '${def.name}'`,
    );
  }
  return chain(parseXml(xml, { source: '(network_update)', root: section.element }), (part) => {
    const root = def.root.clone();
    apply(section, section.parent(root, parentIndex, def.name), part, command, def.name);
    // What nothing is left of is not printed.
    removeChildren(root, (child) => child.name === 'dns' && child.nodes.length === 0 && child.attributes.length === 0);
    return NetworkDef.fromElement(root);
  });
}

function apply(section: Section, parent: XmlElement, part: XmlElement, command: number, name: string): void {
  const known = parent.children(section.element).find((one) => section.same(one, part));
  if (command === Command.Modify) {
    if (section.fixed !== undefined) throw unsupported(section.fixed);
    if (known === undefined) throw networkError(ErrorCode.OperationInvalid, section.missing(part, name));
    parent.nodes[parent.nodes.indexOf(known)] = part;
  } else if (command === Command.AddLast || command === Command.AddFirst) {
    if (known !== undefined) throw networkError(ErrorCode.OperationInvalid, section.exists(part, name));
    const [first] = parent.children(section.element);
    const at = command === Command.AddFirst && first !== undefined ? parent.nodes.indexOf(first) : parent.nodes.length;
    parent.nodes.splice(at, 0, part);
  } else if (command === Command.Delete) {
    if (known === undefined) throw networkError(ErrorCode.OperationInvalid, section.missing(part, name));
    removeChildren(parent, (child) => child === known);
  } else {
    throw unsupported(`unrecognized network update command code ${command}`);
  }
}

function unsupported(detail: string) {
  return networkError(ErrorCode.OperationUnsupported, detail);
}

function hostnames(host: XmlElement): string[] {
  return host.children('hostname').map((one) => one.text);
}

// The `<dhcp>` of the `<ip>` of that number, or of the first one that has it, or of the first IPv4 one.
function dhcpOf(root: XmlElement, index: number, name: string): XmlElement {
  const ips = root.children('ip');
  const ip =
    index >= 0
      ? ips[index]
      : (ips.find((one) => one.child('dhcp') !== null) ?? ips.find((one) => one.attribute('family') !== 'ipv6'));
  if (ip === undefined) {
    throw networkError(
      ErrorCode.OperationInvalid,
      index >= 0
        ? `couldn't find an <ip> element with index ${index} in network '${name}'`
        : `couldn't find a matching <ip> element in network '${name}'`,
    );
  }
  return ensureChild(ip, 'dhcp');
}
