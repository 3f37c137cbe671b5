// A host device's definition: its name, its parent and what it can do.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parser.ts';
import { applyShape, type Shapes } from './xml/shape.ts';
import { formatElement } from './xml/writer.ts';

/** What kinds of capability a device may have (virNodeDevCapType). */
export const nodeDeviceCapabilities: readonly string[] = [
  'system',
  'pci',
  'usb_device',
  'usb',
  'net',
  'scsi_host',
  'scsi_target',
  'scsi',
  'storage',
  'fc_host',
  'vports',
  'scsi_generic',
  'drm',
  'mdev_types',
  'mdev',
  'ccw',
  'css',
  'vdpa',
  'ap_card',
  'ap_queue',
  'ap_matrix',
  'vpd',
];

const shapes: Shapes = {
  rows: {
    device: 'name$ path$ devnode* parent driver capability*',
    devnode: '@type $',
    parent: '@wwnn @wwpn @fabric_wwn $',
    driver: 'name$',
    capability: '@type',
  },
  values: {},
  words: {},
  required: new Set(),
  elements: { capability: (_, source) => shapeCapability(source) },
};

// Capabilities of the kinds that virtual HBAs need are brought into order; the others stay as they were written.
const capabilityOrder: Readonly<Record<string, readonly string[]>> = {
  system: ['product', 'hardware', 'firmware'],
  scsi_host: ['host', 'unique_id', 'capability'],
  fc_host: ['wwnn', 'wwpn', 'fabric_wwn'],
  vport_ops: ['max_vports', 'vports'],
};

function shapeCapability(source: XmlElement): XmlElement {
  const type = source.attribute('type') ?? '';
  const order = Object.hasOwn(capabilityOrder, type) ? capabilityOrder[type] : undefined;
  if (order === undefined) return source.clone();
  const nodes = order.flatMap((name) =>
    source.children(name).map((child) => (name === 'capability' ? shapeCapability(child) : child.clone())),
  );
  if (type === 'vport_ops' && nodes.length === 0) {
    nodes.push(new XmlElement('max_vports', [], ['0']), new XmlElement('vports', [], ['0']));
  }
  return new XmlElement('capability', ['type', type], nodes);
}

/** How a device's definition is read. */
export interface ParseNodeDeviceOptions {
  /** True for a device that is to be created (a virtual HBA): it needs no name of its own. */
  create?: boolean;
  /** What errors of syntax name as the place, `(node_device_definition)` by default. */
  source?: string;
}

/** A host device's definition. */
export class NodeDeviceDef {
  /** The definition as a tree. */
  readonly root: XmlElement;

  private constructor(root: XmlElement) {
    this.root = root;
  }

  /**
   * Takes a `<device>` element and checks it.
   *
   * @throws LibvirtError `InternalError` without a capability, `NoName` without a name, `XmlError` for unknown kinds
   * @see virNodeDeviceDefParseXML
   */
  static fromElement(source: XmlElement, options: ParseNodeDeviceOptions = {}): NodeDeviceDef {
    const name = options.create === true ? 'new device' : source.childText('name');
    if (name === null) throw new LibvirtError(ErrorCode.NoName, null, { domain: ErrorDomain.Nodedev });
    const capabilities = source.children('capability');
    if (capabilities.length === 0) throw deviceError(`no device capabilities for '${name}'`);
    for (const capability of capabilities) {
      const type = capability.attribute('type');
      if (type === null) throw xmlError("Missing required attribute 'type' in element 'capability'");
      if (!nodeDeviceCapabilities.includes(type)) {
        throw xmlError(`Invalid value for attribute 'type' in element 'capability': '${type}'.`);
      }
    }
    return new NodeDeviceDef(applyShape(shapes, source, 'device', true) as XmlElement);
  }

  get name(): string {
    return this.root.childText('name') ?? '';
  }

  set name(name: string) {
    const present = this.root.child('name');
    if (present === null) this.root.nodes.unshift(new XmlElement('name', [], [name]));
    else present.nodes.splice(0, present.nodes.length, name);
  }

  /** The name of the parent device, null for none. */
  get parent(): string | null {
    return this.root.childText('parent');
  }

  /** Names the parent device. */
  set parent(parent: string | null) {
    const kept = this.root.nodes.filter((node) => !(node instanceof XmlElement && node.name === 'parent'));
    this.root.nodes.splice(0, this.root.nodes.length, ...kept);
    if (parent === null) return;
    const at = this.root.nodes.findIndex(
      (node) => node instanceof XmlElement && ['driver', 'capability'].includes(node.name),
    );
    this.root.nodes.splice(at < 0 ? this.root.nodes.length : at, 0, new XmlElement('parent', [], [parent]));
  }

  /** The world wide names by which the parent may be given instead of its name. */
  get parentNames(): { readonly wwnn: string | null; readonly wwpn: string | null; readonly fabricWwn: string | null } {
    const parent = this.root.child('parent');
    return {
      wwnn: parent?.attribute('wwnn') ?? null,
      wwpn: parent?.attribute('wwpn') ?? null,
      fabricWwn: parent?.attribute('fabric_wwn') ?? null,
    };
  }

  /** All kinds of capability the device has, nested ones included (`scsi_host`, `fc_host`, `vports`). */
  get capabilities(): string[] {
    const found: string[] = [];
    for (const capability of this.root.children('capability')) {
      found.push(capability.attribute('type') as string);
      for (const inner of capability.children('capability')) {
        const type = inner.attribute('type') ?? '';
        // The kind that lists ask for has another name than the element.
        if (type === 'fc_host') found.push('fc_host');
        else if (type === 'vport_ops') found.push('vports');
      }
    }
    return found;
  }

  /** The `<capability type='fc_host'>` inside `scsi_host`, null if there is none. */
  get fcHost(): XmlElement | null {
    for (const capability of this.root.children('capability')) {
      if (capability.attribute('type') !== 'scsi_host') continue;
      const inner = capability.children('capability').find((child) => child.attribute('type') === 'fc_host');
      if (inner !== undefined) return inner;
    }
    return null;
  }

  /**
   * The world wide names of a virtual HBA that is to be created.
   *
   * @throws LibvirtError `InternalError` if it is no fibre channel HBA or a name is missing
   * @see virNodeDeviceGetWWNs
   */
  wwns(): { readonly wwnn: string; readonly wwpn: string } {
    const host = this.fcHost;
    if (host === null) throw deviceError('Device is not a fibre channel HBA');
    const wwnn = host.childText('wwnn');
    const wwpn = host.childText('wwpn');
    if (wwnn === null) throw deviceError("no WWNN supplied for 'new device', and auto-generation failed");
    if (wwpn === null) throw deviceError("no WWPN supplied for 'new device', and auto-generation failed");
    return { wwnn, wwpn };
  }

  /** A copy that can be changed without changing this one. */
  clone(): NodeDeviceDef {
    return new NodeDeviceDef(this.root.clone());
  }

  /**
   * Prints the definition.
   *
   * @see virNodeDeviceDefFormat
   */
  format(): string {
    return formatElement(this.root);
  }
}

/**
 * Reads a host device's definition.
 *
 * @returns at once for plain XML; a promise when libxml2 has to be asked
 * @throws LibvirtError as libvirt refuses it, with its text
 * @see virNodeDeviceDefParse
 */
export function parseNodeDevice(
  text: string,
  options: ParseNodeDeviceOptions = {},
): NodeDeviceDef | Promise<NodeDeviceDef> {
  const source = options.source ?? '(node_device_definition)';
  const root = parseXml(text, { source, root: 'device', errorDomain: ErrorDomain.Nodedev });
  return root instanceof Promise
    ? root.then((tree) => NodeDeviceDef.fromElement(tree, options))
    : NodeDeviceDef.fromElement(root, options);
}

function deviceError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Nodedev });
}

function xmlError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Xml });
}
