// A domain definition: read from XML, completed as libvirt completes it, asked and changed by drivers, printed.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import {
  checkDomainName,
  completeIdentity,
  completeLifecycle,
  completeOs,
  completeResources,
  setDomainChild,
} from './domain-defaults.ts';
import { completeDevices } from './domain-devices.ts';
import type { DomainDialect } from './domain-dialect.ts';
import { domainShapes } from './domain-shapes.ts';
import { parseUuid } from './uuid.ts';
import { element, XmlElement } from './xml/element.ts';
import { parseBuiltInXml, parseXml } from './xml/parser.ts';
import { applyShape } from './xml/shape.ts';
import { dumpElement, escapeXml, formatElement } from './xml/writer.ts';

/** How a domain is printed. */
export interface FormatDomainOptions {
  /** The id of the running guest; left out (or below 0) for one that is off. */
  id?: number;
  /** Print passwords (VIR_DOMAIN_XML_SECURE). */
  secure?: boolean;
}

/** A disk, as drivers need it. */
export interface DomainDisk {
  /** The name in the guest, `vda`. */
  readonly target: string;
  readonly bus: string;
  /** `disk`, `cdrom`, `floppy` or `lun`. */
  readonly device: string;
  /** `file`, `block`, `dir`, `network`, `volume`, ... */
  readonly type: string;
  /** The file, device, directory or network name; null for an empty drive and for volumes. */
  readonly source: string | null;
  readonly readonly: boolean;
  /** `no`, `internal`, `external`, `manual`, or null when the definition says nothing. */
  readonly snapshot: string | null;
}

/** A network interface, as drivers need it. */
export interface DomainInterface {
  readonly type: string;
  readonly mac: string;
  /** The name of the host's end, null if it has none. */
  readonly target: string | null;
  /** The network, bridge or device it is connected to, null if it names none. */
  readonly source: string | null;
  readonly model: string | null;
}

/** Which text of a domain is read or set (`virDomainMetadataType`). */
export type MetadataKind = 'title' | 'description' | 'element';

/** A domain definition. The tree inside is always in libvirt's order and with libvirt's defaults. */
export class DomainDef {
  /** The definition as a tree, without an id. Changing it is for code that keeps libvirt's order. */
  readonly root: XmlElement;

  private constructor(root: XmlElement) {
    this.root = root;
  }

  /**
   * Takes a `<domain>` element, checks and completes it.
   *
   * @throws LibvirtError as libvirt refuses it: `NoName`, `XmlError`, `ConfigUnsupported`, `InternalError`, ...
   * @see virDomainDefParseNode
   */
  static fromElement(source: XmlElement, dialect: DomainDialect): DomainDef {
    if (source.localName !== 'domain') {
      throw new LibvirtError(ErrorCode.XmlError, `expecting root element of 'domain', not '${source.localName}'`, {
        domain: ErrorDomain.Xml,
      });
    }
    checkBeforeRows(source);
    const shaped = applyShape(domainShapes, source, 'domain', true) as XmlElement;
    shaped.setAttribute('id', null);
    completeIdentity(shaped, source);
    const guest = completeOs(shaped, dialect.defaultArch);
    const devices = shaped.child('devices') ?? element('devices');
    completeDevices(devices, {
      ...guest,
      defaultVideo: dialect.defaultVideo(guest),
      interfaceName: dialect.interfaceName,
    });
    setDomainChild(shaped, 'devices', devices);
    completeResources(shaped);
    completeLifecycle(shaped);
    return new DomainDef(shaped);
  }

  /**
   * Takes a definition that the program itself carries, in libvirt's form already: nothing is checked or filled in.
   *
   * @param text what {@link format} would print; an id is ignored
   */
  static fromCanonical(text: string): DomainDef {
    const root = parseBuiltInXml(text);
    root.setAttribute('id', null);
    return new DomainDef(root);
  }

  /** A copy that can be changed without changing this one. */
  clone(): DomainDef {
    return new DomainDef(this.root.clone());
  }

  /** The hypervisor type, `test`, `kvm`, ... */
  get type(): string {
    return this.root.attribute('type') as string;
  }

  get name(): string {
    return this.root.childText('name') as string;
  }

  /**
   * Renames the domain.
   *
   * @throws LibvirtError `XmlError` for a name with a slash, `XmlDetail` for one with a line break
   */
  set name(name: string) {
    checkDomainName(name);
    this.#setText('name', name);
  }

  /** The UUID, canonical. */
  get uuid(): string {
    return this.root.childText('uuid') as string;
  }

  /** Gives the domain another UUID, canonical. */
  set uuid(uuid: string) {
    this.#setText('uuid', uuid);
  }

  /** What kind of system the guest runs: `hvm`, `xen`, `linux`, `exe`. */
  get osType(): string {
    return this.root.path('os/type') as string;
  }

  /** The guest's architecture. */
  get arch(): string {
    return this.root.path('os/type/@arch') as string;
  }

  /** The most memory the guest may have, KiB. */
  get memoryKiB(): bigint {
    return BigInt(this.root.childText('memory') as string);
  }

  set memoryKiB(size: bigint) {
    (this.root.child('memory') as XmlElement).nodes[0] = String(size);
  }

  /** The memory the guest starts with (or has now), KiB. */
  get currentMemoryKiB(): bigint {
    return BigInt(this.root.childText('currentMemory') as string);
  }

  set currentMemoryKiB(size: bigint) {
    (this.root.child('currentMemory') as XmlElement).nodes[0] = String(size);
  }

  /** How many virtual CPUs the guest may have. */
  get maxVcpus(): number {
    return Number(this.root.childText('vcpu'));
  }

  /** How many virtual CPUs are plugged in at start. */
  get vcpus(): number {
    return Number(this.root.path('vcpu/@current') ?? this.maxVcpus);
  }

  /** Sets both numbers of virtual CPUs. */
  setVcpus(current: number, max: number = this.maxVcpus): void {
    const vcpu = this.root.child('vcpu') as XmlElement;
    vcpu.setAttribute('current', current === max ? null : String(current));
    vcpu.nodes.splice(0, vcpu.nodes.length, String(max));
  }

  /** What happens when the guest turns itself off: `destroy`, `restart`, `preserve`, `rename-restart`. */
  get onPoweroff(): string {
    return this.root.childText('on_poweroff') as string;
  }

  /** What happens when the guest reboots. */
  get onReboot(): string {
    return this.root.childText('on_reboot') as string;
  }

  /** What happens when the guest crashes. */
  get onCrash(): string {
    return this.root.childText('on_crash') as string;
  }

  /** The short title, null for none. */
  get title(): string | null {
    return this.root.childText('title');
  }

  /** The description, null for none. */
  get description(): string | null {
    return this.root.childText('description');
  }

  /** The `<devices>` element. */
  get devices(): XmlElement {
    return this.root.child('devices') as XmlElement;
  }

  /** The disks in the order of the definition. */
  get disks(): DomainDisk[] {
    return this.devices.children('disk').map((disk) => ({
      target: disk.path('target/@dev') ?? '',
      bus: disk.path('target/@bus') ?? '',
      device: disk.attribute('device') ?? 'disk',
      type: disk.attribute('type') ?? 'file',
      source: firstAttribute(disk.child('source'), ['file', 'dev', 'dir', 'name', 'path']),
      readonly: disk.child('readonly') !== null,
      snapshot: disk.attribute('snapshot'),
    }));
  }

  /** The network interfaces in the order of the definition. */
  get interfaces(): DomainInterface[] {
    return this.devices.children('interface').map((one) => ({
      type: one.attribute('type') ?? 'user',
      mac: one.path('mac/@address') ?? '',
      target: one.path('target/@dev'),
      source: firstAttribute(one.child('source'), ['network', 'bridge', 'dev', 'name', 'path', 'address']),
      model: one.path('model/@type'),
    }));
  }

  /** True if the guest has a memory balloon (a model other than `none`). */
  get hasMemballoon(): boolean {
    const model = this.devices.child('memballoon')?.attribute('model') ?? 'none';
    return model !== 'none';
  }

  /** The ids of the I/O threads. */
  get iothreadIds(): number[] {
    const listed = this.root.child('iothreadids')?.children('iothread');
    if (listed !== undefined) return listed.map((thread) => Number(thread.attribute('id')));
    return Array.from({ length: Number(this.root.childText('iothreads') ?? 0) }, (_, index) => index + 1);
  }

  /** Replaces the ids of the I/O threads. */
  set iothreadIds(ids: readonly number[]) {
    const threads = ids.map((id) => element('iothread', { id }));
    setDomainChild(this.root, 'iothreads', ids.length === 0 ? null : element('iothreads', {}, [String(ids.length)]));
    setDomainChild(this.root, 'iothreadids', ids.length === 0 ? null : element('iothreadids', {}, threads));
  }

  /** A child element of the domain, null if it has none of that name. */
  child(name: string): XmlElement | null {
    return this.root.child(name);
  }

  /** Puts a child element in its place, or removes it (null). */
  setChild(name: string, child: XmlElement | null): void {
    setDomainChild(this.root, name, child);
  }

  /**
   * A text of the domain, or the element of one namespace in its metadata as XML.
   *
   * @param uri the namespace, for `element` only
   * @throws LibvirtError `NoDomainMetadata` if there is none
   * @see virDomainGetMetadata
   */
  getMetadata(kind: MetadataKind, uri: string | null): string {
    let found: string | null;
    if (kind === 'element') {
      const node =
        this.root
          .child('metadata')
          ?.children()
          .find((child) => child.namespace === uri) ?? null;
      found = node === null ? null : dumpElement(withoutNamespace(node, uri));
    } else {
      found = this.root.childText(kind);
    }
    if (found !== null) return found;
    throw new LibvirtError(ErrorCode.NoDomainMetadata, 'Requested metadata element is not present', {
      domain: ErrorDomain.Domain,
    });
  }

  /**
   * Sets or removes (null) a text of the domain, or the element of one namespace in its metadata.
   *
   * @param key the prefix that the element gets
   * @param uri its namespace
   * @returns at once for plain XML, else a promise
   * @throws LibvirtError `XmlDetail` for malformed XML
   * @see virDomainSetMetadata
   */
  setMetadata(
    kind: MetadataKind,
    text: string | null,
    key: string | null = null,
    uri: string | null = null,
  ): void | Promise<void> {
    if (kind !== 'element') {
      this.#setText(kind, text);
      return;
    }
    if (text === null) {
      this.#replaceMetadata(uri, null);
      return;
    }
    const parsed = parseXml(text, { source: '(metadata_xml)' });
    const set = (root: XmlElement): void => this.#replaceMetadata(uri, withNamespace(root, key ?? '', uri ?? ''));
    if (parsed instanceof Promise) return parsed.then(set);
    set(parsed);
  }

  /**
   * Prints the definition.
   *
   * @see virDomainDefFormat
   */
  format(options: FormatDomainOptions = {}): string {
    const id = options.id !== undefined && options.id >= 0 ? ` id='${options.id}'` : '';
    let text = `<domain type='${escapeXml(this.type)}'${id}>\n`;
    for (const child of this.root.children()) {
      if (child.name === 'metadata') text += `  ${dumpElement(child, 2)}\n`;
      else if (child.name === 'devices' && options.secure !== true) text += formatElement(withoutSecrets(child), 2);
      else text += formatElement(child, 2);
    }
    return `${text}</domain>\n`;
  }

  #setText(name: string, text: string | null): void {
    setDomainChild(this.root, name, text === null || text === '' ? null : element(name, {}, [text]));
  }

  #replaceMetadata(uri: string | null, replacement: XmlElement | null): void {
    const present = this.root.child('metadata');
    const nodes = (present?.nodes ?? []).filter((node) => !(node instanceof XmlElement && node.namespace === uri));
    if (replacement !== null) nodes.push(replacement);
    // libvirt keeps an emptied <metadata>, which it then prints on two lines or as one empty element.
    if (nodes.length === 0 && present === null) return;
    setDomainChild(this.root, 'metadata', new XmlElement('metadata', present?.attributes ?? [], nodes));
  }
}

/**
 * Reads a domain definition.
 *
 * @param source what errors of syntax name as the place, `(domain_definition)` by default
 * @returns at once for plain XML; a promise when libxml2 has to be asked
 * @throws LibvirtError as libvirt refuses it, with its text
 * @see virDomainDefParseString
 */
export function parseDomain(
  text: string,
  dialect: DomainDialect,
  source = '(domain_definition)',
): DomainDef | Promise<DomainDef> {
  const root = parseXml(text, { source, root: 'domain', errorDomain: ErrorDomain.Domain });
  return root instanceof Promise
    ? root.then((tree) => DomainDef.fromElement(tree, dialect))
    : DomainDef.fromElement(root, dialect);
}

// libvirt looks at these before anything else, so their errors come first.
function checkBeforeRows(source: XmlElement): void {
  const name = source.childText('name');
  if (name === null) throw new LibvirtError(ErrorCode.NoName, null, { domain: ErrorDomain.Domain });
  const uuid = source.childText('uuid');
  if (uuid !== null && parseUuid(uuid) === null) {
    throw new LibvirtError(ErrorCode.InternalError, 'malformed uuid element', { domain: ErrorDomain.Domain });
  }
  if (!source.attribute('type')) {
    throw new LibvirtError(ErrorCode.InternalError, 'missing domain type attribute', { domain: ErrorDomain.Domain });
  }
}

function firstAttribute(source: XmlElement | null, names: readonly string[]): string | null {
  for (const name of names) {
    const value = source?.attribute(name);
    if (value) return value;
  }
  return null;
}

// What only a reader with VIR_DOMAIN_XML_SECURE gets to see: passwords of graphics and cookies of network disks.
function withoutSecrets(devices: XmlElement): XmlElement {
  const secret = devices.children().some((device) => hasSecret(device));
  if (!secret) return devices;
  const copy = devices.clone();
  for (const graphics of copy.children('graphics')) {
    graphics.setAttribute('passwd', null);
  }
  for (const disk of copy.children('disk')) {
    const source = disk.child('source');
    const at = source?.nodes.findIndex((node) => node instanceof XmlElement && node.name === 'cookies') ?? -1;
    if (at >= 0) source?.nodes.splice(at, 1);
  }
  return copy;
}

function hasSecret(device: XmlElement): boolean {
  if (device.name === 'graphics') return device.attribute('passwd') !== null;
  return device.name === 'disk' && device.child('source')?.child('cookies') !== null;
}

// virXMLInjectNamespace: the element and all inside it without a prefix get the caller's, for the caller's namespace.
function withNamespace(root: XmlElement, key: string, uri: string): XmlElement {
  const rename = (node: XmlElement): XmlElement => {
    const own = node === root || (node.prefix === '' && node.namespace === root.namespace);
    const nodes = node.nodes.map((child) => (child instanceof XmlElement ? rename(child) : child));
    return new XmlElement(
      own ? `${key}:${node.localName}` : node.name,
      node.attributes.filter((_, i, all) => all[i - (i % 2)] !== `xmlns:${key}`),
      nodes,
      own ? uri : node.namespace,
    );
  };
  const renamed = rename(root);
  renamed.attributes.unshift(`xmlns:${key}`, uri);
  return renamed;
}

// virXMLExtractNamespaceXML: what was put in comes out without its prefix.
function withoutNamespace(root: XmlElement, uri: string | null): XmlElement {
  const key = root.prefix;
  const rename = (node: XmlElement): XmlElement =>
    new XmlElement(
      node.namespace === uri ? node.localName : node.name,
      node.attributes.filter((_, i, all) => all[i - (i % 2)] !== `xmlns:${key}`),
      node.nodes.map((child) => (child instanceof XmlElement ? rename(child) : child)),
      node.namespace,
    );
  return rename(root);
}
