// A virtual network's definition: read from XML, checked and completed as libvirt does, printed.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { shapeAddress } from './domain-address.ts';
import { domainRows } from './domain-rows.ts';
import { classPrefix, type IpAddress, ipBits, netmaskPrefix, parseIp } from './ip-address.ts';
import { isMulticastMac, parseMac } from './mac-address.ts';
import { networkError, unsupported, xmlError } from './network-error.ts';
import { checkForward } from './network-forward.ts';
import { parseUuid, randomUuid } from './uuid.ts';
import { openMark, reorderAttributes } from './xml/edit.ts';
import { element, XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parser.ts';
import { applyShape, type ElementRule, type Shapes } from './xml/shape.ts';
import { dumpElement, formatElement } from './xml/writer.ts';

/** One `<ip>` of a network. */
export interface NetworkIp {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** How many bits of the address name the network. */
  readonly prefix: number;
  /** The ranges DHCP gives addresses from. */
  readonly ranges: readonly { readonly start: string; readonly end: string }[];
}

const twoLines: ElementRule = (shaped) => {
  if (shaped.nodes.length === 0) shaped.nodes.push(openMark);
  return shaped;
};

const rows: Readonly<Record<string, string>> = {
  network: `@ipv6 @trustGuestRxFilters name$ uuid$ metadata%! forward bridge! mtu=network-mtu mac domain=network-domain
    dns vlan bandwidth port ip*! route*! virtualport portgroup*!`,
  forward: '@dev @mode=nat @managed nat driver=named pf=device interface*=device address*',
  nat: '@ipv6 address*=nat-range port=nat-range',
  'nat-range': '@start @end',
  named: '@name',
  device: '@dev',
  bridge: '@name @zone @stp @delay @macTableManager',
  'network-mtu': '@size',
  mac: '@address',
  'network-domain': '@name @localOnly @register',
  dns: '@enable @forwardPlainNames forwarder* txt* srv* host*=dns-host',
  forwarder: '@domain @addr',
  txt: '@name @value',
  srv: '@service @protocol @domain @target @port @priority @weight',
  'dns-host': '@ip hostname*$',
  port: '@isolated',
  ip: '@family @address @netmask @prefix @localPtr tftp dhcp',
  tftp: '@root',
  dhcp: 'range*! host*!=dhcp-host bootp',
  range: '@start @end lease',
  lease: '@expiry @unit=minutes',
  'dhcp-host': '@mac @id @name @ip lease',
  bootp: '@file @server',
  route: '@family @address @netmask @prefix @gateway @metric',
  portgroup: '@name @default @trustGuestRxFilters vlan virtualport bandwidth',
  ...pick(['vlan', 'tag', 'virtualport', 'parameters', 'bandwidth', 'inbound', 'outbound']),
};

function pick(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, domainRows[name] as string]));
}

const shapes: Shapes = {
  rows,
  values: {},
  words: {
    'network@trustGuestRxFilters': 'yes no',
    'portgroup@trustGuestRxFilters': 'yes no',
    'dns@enable': 'yes no',
    'dns@forwardPlainNames': 'yes no',
  },
  numbers: new Set(['tag@id']),
  required: new Set(['tag@id']),
  elements: { ip: twoLines, portgroup: twoLines, address: (_, source) => shapeAddress(source) },
};

const forwardModes = ['none', 'nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'];

/** A network definition. The tree inside is always in libvirt's order and with libvirt's defaults. */
export class NetworkDef {
  /** The definition as a tree. */
  readonly root: XmlElement;

  private constructor(root: XmlElement) {
    this.root = root;
  }

  /**
   * Takes a `<network>` element, checks and completes it.
   *
   * @throws LibvirtError as libvirt refuses it: `NoName`, `XmlError`, `ConfigUnsupported`, ...
   * @see virNetworkDefParseXML
   */
  static fromElement(source: XmlElement): NetworkDef {
    const name = source.childText('name');
    if (name === null) throw networkError(ErrorCode.NoName, null);
    if (name.includes('/')) {
      throw new LibvirtError(ErrorCode.XmlDetail, 'invalid char in name: /', { domain: ErrorDomain.Xml });
    }
    const uuidText = source.childText('uuid');
    const uuid = uuidText === null ? randomUuid() : parseUuid(uuidText);
    if (uuid === null) throw networkError(ErrorCode.InternalError, 'malformed uuid element');
    const root = applyShape(shapes, source, 'network', true) as XmlElement;
    replaceChild(root, element('uuid', {}, [uuid]), [
      'metadata',
      'forward',
      'bridge',
      'mtu',
      'mac',
      'domain',
      'dns',
      'vlan',
      'bandwidth',
      'port',
      'ip',
      'route',
      'virtualport',
      'portgroup',
    ]);
    checkNetwork(root, name);
    for (const each of [source, ...source.children('portgroup')]) checkVlan(each.child('vlan'));
    checkForward(source.child('forward'), name);
    completeForward(root, name);
    completeBridge(root, source, name);
    return new NetworkDef(root);
  }

  /** A copy that can be changed without changing this one. */
  clone(): NetworkDef {
    return new NetworkDef(this.root.clone());
  }

  get name(): string {
    return this.root.childText('name') as string;
  }

  /** The UUID, canonical. */
  get uuid(): string {
    return this.root.childText('uuid') as string;
  }

  /** The name of the bridge, null when none is named. */
  get bridge(): string | null {
    return this.root.path('bridge/@name');
  }

  /** How packets leave the network; `none` when they do not. */
  get forwardMode(): string {
    return this.root.path('forward/@mode') ?? 'none';
  }

  /** The addresses of the host in the network. */
  get ips(): NetworkIp[] {
    return this.root.children('ip').map((ip) => {
      const address = ip.attribute('address') ?? '0.0.0.0';
      const parsed = parseIp(address) as IpAddress;
      const ranges = ip.child('dhcp')?.children('range') ?? [];
      return {
        address,
        family: parsed.family,
        prefix: prefixOf(ip, parsed),
        ranges: ranges.map((range) => ({ start: range.attribute('start') ?? '', end: range.attribute('end') ?? '' })),
      };
    });
  }

  /**
   * Prints the definition.
   *
   * @see virNetworkDefFormat
   */
  format(): string {
    const head = new XmlElement('network', this.root.attributes, []);
    let text = formatElement(head).replace(/\/>\n$/, '>\n');
    for (const child of this.root.children()) {
      text += child.name === 'metadata' ? `  ${dumpElement(child, 2)}\n` : formatElement(child, 2);
    }
    return `${text}</network>\n`;
  }
}

/**
 * Reads a network definition.
 *
 * @param source what errors of syntax name as the place, `(network_definition)` by default
 * @returns at once for plain XML; a promise when libxml2 has to be asked
 * @throws LibvirtError as libvirt refuses it, with its text
 * @see virNetworkDefParseString
 */
export function parseNetwork(text: string, source = '(network_definition)'): NetworkDef | Promise<NetworkDef> {
  const root = parseXml(text, { source, root: 'network', errorDomain: ErrorDomain.Network });
  return root instanceof Promise ? root.then((tree) => NetworkDef.fromElement(tree)) : NetworkDef.fromElement(root);
}

function replaceChild(root: XmlElement, child: XmlElement, followers: readonly string[]): void {
  const kept = root.nodes.filter((node) => !(node instanceof XmlElement && node.name === child.name));
  const at = kept.findIndex((node) => node instanceof XmlElement && followers.includes(node.name));
  kept.splice(at < 0 ? kept.length : at, 0, child);
  root.nodes.splice(0, root.nodes.length, ...kept);
}

// virNetDevVlanParse
function checkVlan(vlan: XmlElement | null): void {
  if (vlan === null || vlan.child('tag') !== null) return;
  const detail = "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement";
  throw new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.None });
}

function checkNetwork(root: XmlElement, name: string): void {
  const ipv6 = root.attribute('ipv6');
  if (ipv6 !== null && ipv6 !== 'yes' && ipv6 !== 'no') {
    throw xmlError(`Invalid ipv6 setting '${ipv6}' in network '${name}'`);
  }
  if (ipv6 === 'no') root.setAttribute('ipv6', null);
  const mac = root.child('mac');
  if (mac !== null) {
    const text = mac.attribute('address') ?? '';
    const address = parseMac(text);
    if (address === null) throw xmlError(`Invalid bridge mac address '${text}' in network '${name}'`);
    if (isMulticastMac(address)) throw xmlError(`Invalid multicast bridge mac address '${text}' in network '${name}'`);
    mac.setAttribute('address', address);
  }
  const mtu = root.child('mtu')?.attribute('size') ?? null;
  if (mtu !== null && !/^\d{1,10}$/.test(mtu)) throw xmlError(`Invalid mtu size '${mtu}' in network '${name}'`);
  for (const group of root.children('portgroup')) {
    if (group.attribute('name') === null) throw xmlError('Missing required name attribute in portgroup');
  }
  for (const route of root.children('route')) {
    if (route.attribute('address') === null) {
      throw xmlError(`${name}: Missing required address attribute in route definition`);
    }
  }
  for (const host of root.child('dns')?.children('host') ?? []) {
    if (parseIp(host.attribute('ip') ?? '') === null) {
      throw networkError(ErrorCode.XmlDetail, `Invalid IP address in network '${name}' DNS HOST record`);
    }
  }
  for (const ip of root.children('ip')) checkIp(ip, name);
}

function checkIp(ip: XmlElement, name: string): void {
  const text = ip.attribute('address');
  if (text === null) throw xmlError(`Missing required address attribute in network '${name}'`);
  const address = parseIp(text);
  if (address === null) throw xmlError(`Invalid address '${text}' in network '${name}'`);
  const family = ip.attribute('family');
  if (family === null && address.family === 'ipv6') {
    throw unsupported(`no family specified for non-IPv4 address '${text}' in network '${name}'`);
  }
  if (family === 'ipv4' && address.family === 'ipv6') {
    throw unsupported(`Family 'ipv4' specified for non-IPv4 address '${text}' in network '${name}'`);
  }
  if (family === 'ipv6' && address.family === 'ipv4') {
    throw unsupported(`Family 'ipv6' specified for non-IPv6 address '${text}' in network '${name}'`);
  }
  const netmask = ip.attribute('netmask');
  if (netmask !== null) {
    if (address.family === 'ipv6') {
      throw unsupported(`netmask not allowed for IPv6 address '${text}' in network '${name}'`);
    }
    if (netmaskPrefix(netmask) === null) throw xmlError(`Invalid netmask '${netmask}' in network '${name}'`);
  }
  const prefix = ip.attribute('prefix');
  if (prefix !== null && (!/^\d{1,4}$/.test(prefix) || Number(prefix) > ipBits[address.family])) {
    const shown = address.family === 'ipv4' ? 'IPv4' : 'IPv6';
    throw unsupported(`Invalid ${shown} prefix '${prefix}' in network '${name}'`);
  }
  checkDhcp(ip, name, address, text);
}

function prefixOf(ip: XmlElement, address: IpAddress): number {
  const prefix = ip.attribute('prefix');
  if (prefix !== null) return Number(prefix);
  const netmask = ip.attribute('netmask');
  return (netmask === null ? null : netmaskPrefix(netmask)) ?? classPrefix(address);
}

function checkDhcp(ip: XmlElement, name: string, address: IpAddress, text: string): void {
  const prefix = prefixOf(ip, address);
  const dhcp = ip.child('dhcp');
  for (const range of dhcp?.children('range') ?? []) {
    const ends = ['start', 'end'].map((which) => {
      const value = range.attribute(which);
      if (value === null) throw xmlError(`Missing '${which}' attribute in dhcp range for network '${name}'`);
      const parsed = parseIp(value);
      if (parsed === null) throw xmlError(`Invalid dhcp range ${which} address '${value}' in network '${name}'`);
      return { value, parsed };
    });
    checkRange(ends[0] as RangeEnd, ends[1] as RangeEnd, { address, prefix, text });
  }
  for (const host of dhcp?.children('host') ?? []) {
    const mac = host.attribute('mac');
    if (mac !== null && parseMac(mac) === null)
      throw xmlError(`Cannot parse MAC address '${mac}' in network '${name}'`);
    if (address.family === 'ipv4' && mac === null && host.attribute('name') === null) {
      throw xmlError(`Static host definition in IPv4 network '${name}' must have mac or name attribute`);
    }
  }
}

interface RangeEnd {
  readonly value: string;
  readonly parsed: IpAddress;
}

// virSocketAddrGetRange
function checkRange(
  start: RangeEnd,
  end: RangeEnd,
  network: { readonly address: IpAddress; readonly prefix: number; readonly text: string },
): void {
  const failed = (why: string): LibvirtError =>
    new LibvirtError(ErrorCode.InternalError, `range ${start.value} - ${end.value} ${why}`);
  if (start.parsed.family !== end.parsed.family || start.parsed.family !== network.address.family) {
    throw failed('has mismatched address families');
  }
  if (end.parsed.value < start.parsed.value) throw failed('is reversed ');
  const shift = BigInt(ipBits[network.address.family] - network.prefix);
  const base = network.address.value >> shift;
  if (start.parsed.value >> shift !== base || end.parsed.value >> shift !== base) {
    throw failed(`is not entirely within network ${network.text}/${network.prefix}`);
  }
}

function completeForward(root: XmlElement, name: string): void {
  const forward = root.child('forward');
  if (forward === null) return;
  const mode = forward.attribute('mode') ?? 'nat';
  if (!forwardModes.includes(mode)) throw unsupported(`unknown forwarding type '${mode}'`);
  if (mode === 'none') {
    root.nodes.splice(root.nodes.indexOf(forward), 1);
    return;
  }
  if (['nat', 'route', 'open'].includes(mode) && root.child('ip') === null) {
    throw xmlError(`${mode} forwarding requested, but no IP address provided for network '${name}'`);
  }
  if (mode === 'hostdev' && root.path('bridge/@name') !== null) {
    throw xmlError(`bridge name not allowed in ${mode} mode (network '${name}')`);
  }
  if (forward.attribute('managed') === 'no') forward.setAttribute('managed', null);
  const device = forward.attribute('dev');
  const interfaces = forward.children('interface');
  if (device !== null && !interfaces.some((one) => one.attribute('dev') === device)) {
    const at = forward.nodes.findIndex((node) => node instanceof XmlElement && node.name === 'interface');
    forward.nodes.splice(at < 0 ? forward.nodes.length : at, 0, element('interface', { dev: device }));
  }
  // The attribute repeats the first interface.
  const first = forward.children('interface')[0]?.attribute('dev') ?? null;
  forward.setAttribute('dev', forward.child('pf') === null ? first : null);
  reorderAttributes(forward, ['dev', 'mode', 'managed']);
}

function completeBridge(root: XmlElement, source: XmlElement, name: string): void {
  const given = source.child('bridge');
  const delay = given?.attribute('delay') ?? null;
  if (delay !== null && !/^\s*\d{1,18}$/.test(delay)) throw xmlError(`Invalid delay value in network '${name}'`);
  const mode = root.path('forward/@mode') ?? 'none';
  const bridge = given?.attribute('name') || null;
  const manager = given?.attribute('macTableManager') ?? null;
  if (manager !== null && manager !== 'kernel' && manager !== 'libvirt') {
    throw xmlError(`Invalid macTableManager setting '${manager}' in network '${name}'`);
  }
  let printed: XmlElement | null = null;
  if (['none', 'nat', 'route', 'open'].includes(mode)) {
    printed = element('bridge', {
      name: bridge,
      zone: given?.attribute('zone'),
      stp: given?.attribute('stp') === 'off' ? 'off' : 'on',
      delay: delay === null ? 0 : Number(delay),
      macTableManager: manager,
    });
  } else if (mode === 'bridge' && bridge !== null) {
    printed = element('bridge', { name: bridge, macTableManager: manager });
  }
  const kept = root.nodes.filter((node) => !(node instanceof XmlElement && node.name === 'bridge'));
  root.nodes.splice(0, root.nodes.length, ...kept);
  const followers = [
    'mtu',
    'mac',
    'domain',
    'dns',
    'vlan',
    'bandwidth',
    'port',
    'ip',
    'route',
    'virtualport',
    'portgroup',
  ];
  if (printed !== null) replaceChild(root, printed, followers);
}
