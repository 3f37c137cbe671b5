// A host interface's definition: read from XML, checked, printed as libvirt prints it.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { openMark } from './xml/edit.ts';
import { XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parser.ts';
import { applyShape, type ElementRule, type Shapes } from './xml/shape.ts';
import { formatElement } from './xml/writer.ts';

const shapes: Shapes = {
  rows: {
    interface: '@type @name start mtu protocol*! link mac bridge! bond! vlan',
    start: '@mode',
    mtu: '@size',
    protocol: '@family autoconf! dhcp! ip* route*',
    autoconf: '',
    dhcp: '@peerdns',
    ip: '@address @prefix',
    route: '@gateway',
    link: '@speed @state',
    mac: '@address',
    bridge: '@stp @delay interface*!',
    bond: '@mode miimon arpmon interface*!',
    miimon: '@freq @downdelay @updelay @carrier',
    arpmon: '@interval @target @validate',
    vlan: '@tag interface=vlan-interface',
    'vlan-interface': '@name',
  },
  values: {},
  words: {
    'interface@type': 'ethernet bridge bond vlan',
    'start@mode': {
      words: 'onboot none hotplug',
      code: ErrorCode.XmlError,
      detail: 'unknown interface startmode %s',
      domain: ErrorDomain.Interface,
    },
  },
  required: new Set(['interface@type']),
  elements: {
    interface: (shaped, source) => completeInterface(shaped, source),
    bridge: (shaped) => twoLines(shaped),
    bond: (shaped) => twoLines(shaped),
    protocol: (shaped) => {
      const family = shaped.attribute('family');
      if (family === null) throw interfaceError('protocol misses the family attribute');
      if (family !== 'ipv4' && family !== 'ipv6') throw interfaceError(`unsupported protocol family '${family}'`);
      return twoLines(shaped);
    },
  },
};

function twoLines(shaped: XmlElement): XmlElement {
  if (shaped.nodes.length === 0) shaped.nodes.push(openMark);
  return shaped;
}

function interfaceError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Interface });
}

const completeInterface = (shaped: XmlElement, source: XmlElement): ReturnType<ElementRule> => {
  if (!source.attribute('name')) throw interfaceError('interface has no name');
  const type = source.attribute('type') as string;
  if (type !== 'ethernet' && source.child(type) === null) {
    throw interfaceError(`${type} interface misses the ${type} element`);
  }
  const mtu = shaped.child('mtu')?.attribute('size') ?? null;
  // libvirt refuses it too, but leaves the error empty.
  if (mtu !== null && !/^\d{1,10}$/.test(mtu)) throw interfaceError('invalid interface mtu size');
  // Only an ethernet interface shows its link and address.
  const hidden = ['bridge', 'bond', 'vlan'].filter((name) => name !== type);
  if (type !== 'ethernet') hidden.push('link', 'mac');
  const kept = shaped.nodes.filter((node) => !(node instanceof XmlElement && hidden.includes(node.name)));
  shaped.nodes.splice(0, shaped.nodes.length, ...kept);
  return twoLines(shaped);
};

/** A host interface's definition, in libvirt's order. */
export class InterfaceDef {
  /** The definition as a tree. */
  readonly root: XmlElement;

  private constructor(root: XmlElement) {
    this.root = root;
  }

  /**
   * Takes an `<interface>` element and checks it.
   *
   * @throws LibvirtError `XmlError` as libvirt refuses it
   * @see virInterfaceDefParseXML
   */
  static fromElement(source: XmlElement): InterfaceDef {
    return new InterfaceDef(applyShape(shapes, source, 'interface', true) as XmlElement);
  }

  get name(): string {
    return this.root.attribute('name') as string;
  }

  /** The MAC address as written, null if the definition has none. */
  get mac(): string | null {
    return this.root.path('mac/@address');
  }

  /**
   * Prints the definition.
   *
   * @see virInterfaceDefFormat
   */
  format(): string {
    return formatElement(this.root);
  }
}

/**
 * Reads a host interface's definition.
 *
 * @param source what errors of syntax name as the place, `(interface_definition)` by default
 * @returns at once for plain XML; a promise when libxml2 has to be asked
 * @throws LibvirtError as libvirt refuses it, with its text
 * @see virInterfaceDefParseString
 */
export function parseInterface(text: string, source = '(interface_definition)'): InterfaceDef | Promise<InterfaceDef> {
  const root = parseXml(text, { source, root: 'interface', errorDomain: ErrorDomain.Interface });
  return root instanceof Promise ? root.then((tree) => InterfaceDef.fromElement(tree)) : InterfaceDef.fromElement(root);
}
