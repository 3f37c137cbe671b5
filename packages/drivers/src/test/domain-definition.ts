// The definition of a domain as the test driver reads and changes it: an XML tree with the figures that are asked for most.
import { type DomainDef, element, type XmlElement } from '@virtwire/conf';

/** A disk, as far as calls ask for it. */
export interface DefinedDisk {
  readonly element: XmlElement;
  /** Name in the guest, e.g. `vda`. */
  readonly target: string;
  /** `disk`, `cdrom`, `floppy`, `lun`. */
  readonly device: string;
  readonly type: string;
  /** File or device behind it, null when it is empty. */
  readonly source: string | null;
}

/** An interface, as far as calls ask for it. */
export interface DefinedInterface {
  readonly element: XmlElement;
  readonly type: string;
  readonly mac: string;
  /** Name on the host. */
  readonly target: string | null;
  readonly network: string | null;
}

/** What a domain is, without what happens to it. Whoever changes it calls {@link TestDomain.touch} afterwards. */
export class DomainDefinition {
  private parsed: DomainDef | null;
  private readonly parse: () => DomainDef;
  name: string;
  readonly uuid: string;
  /** KiB at most. */
  maxMemory: bigint;
  /** KiB now, the balloon. */
  memory: bigint;
  vcpus: number;
  maxVcpus: number;

  constructor(conf: DomainDef) {
    this.parsed = conf;
    this.parse = () => conf;
    this.name = conf.name;
    this.uuid = conf.uuid;
    this.maxMemory = conf.memoryKiB;
    this.memory = conf.currentMemoryKiB;
    this.maxVcpus = conf.maxVcpus;
    this.vcpus = conf.vcpus;
  }

  /**
   * A definition with the figures of this one, which is read when somebody wants to know more.
   *
   * @param parse must not fail
   */
  sibling(name: string, uuid: string, parse: () => DomainDef): DomainDefinition {
    const sibling: DomainDefinition = Object.create(DomainDefinition.prototype);
    return Object.assign(sibling, this, { name, uuid, parsed: null, parse });
  }

  /** The definition as conf has it. */
  get conf(): DomainDef {
    this.parsed ??= this.parse();
    return this.parsed;
  }

  /** The `<domain>` element. */
  get root(): XmlElement {
    return this.conf.root;
  }

  /** A definition that can be changed on its own. */
  copy(): DomainDefinition {
    return new DomainDefinition(this.conf.clone());
  }

  get disks(): readonly DefinedDisk[] {
    return this.devices('disk').map((disk) => ({
      element: disk,
      target: disk.path('target/@dev') ?? '',
      device: disk.attribute('device') ?? 'disk',
      type: disk.attribute('type') ?? 'file',
      source: sourceOf(disk),
    }));
  }

  get interfaces(): readonly DefinedInterface[] {
    return this.devices('interface').map((net) => ({
      element: net,
      type: net.attribute('type') ?? '',
      mac: net.path('mac/@address') ?? '',
      target: net.path('target/@dev'),
      network: net.path('source/@network'),
    }));
  }

  /** True when it has a memory balloon (any model but `none`). */
  get hasBalloon(): boolean {
    return this.conf.hasMemballoon;
  }

  /** The devices of one kind, in document order. */
  devices(kind: string): XmlElement[] {
    return this.root.child('devices')?.children(kind) ?? [];
  }

  /** A disk by its target, or by the file or device behind it. @see virDomainDiskIndexByName */
  disk(name: string): DefinedDisk | undefined {
    if (name.startsWith('/')) return this.disks.find((disk) => disk.source === name);
    return this.disks.find((disk) => disk.target === name);
  }

  /** A child of `<domain>`; it is made, in its place, when it is not there. */
  section(name: string): XmlElement {
    let child = this.root.child(name);
    if (child === null) {
      child = element(name);
      this.conf.setChild(name, child);
    }
    return child;
  }

  /** Takes out a child of `<domain>` that has nothing left in it. */
  dropEmpty(name: string): void {
    const child = this.root.child(name);
    if (child !== null && child.attributes.length === 0 && child.nodes.length === 0) this.conf.setChild(name, null);
  }

  setName(name: string): void {
    this.conf.name = name;
    this.name = name;
  }

  setMemory(kib: bigint): void {
    this.memory = kib;
    this.conf.currentMemoryKiB = kib;
  }

  setMaxMemory(kib: bigint): void {
    this.maxMemory = kib;
    this.conf.memoryKiB = kib;
    if (this.memory > kib) this.setMemory(kib);
  }

  setVcpus(current: number, max: number = this.maxVcpus): void {
    this.vcpus = Math.min(current, max);
    this.maxVcpus = max;
    this.conf.setVcpus(this.vcpus, max);
  }
}

/** The place of an element among its siblings: before the first one with one of these names, else at the end. */
export type Before = readonly string[];

/** Puts a child in its place. */
export function insertBefore(parent: XmlElement, child: XmlElement, before: Before): void {
  const at = parent.nodes.findIndex((node) => typeof node === 'object' && 'name' in node && before.includes(node.name));
  parent.nodes.splice(at < 0 ? parent.nodes.length : at, 0, child);
}

/** The first child of that name; it is made when it is not there. */
export function ensureChild(parent: XmlElement, name: string, before: Before = []): XmlElement {
  let child = parent.child(name);
  if (child === null) {
    child = element(name);
    insertBefore(parent, child, before);
  }
  return child;
}

/** Takes out children. */
export function removeChildren(parent: XmlElement, test: (child: XmlElement) => boolean): void {
  const doomed = new Set<unknown>(parent.children().filter(test));
  for (let index = parent.nodes.length - 1; index >= 0; index--) {
    if (doomed.has(parent.nodes[index])) parent.nodes.splice(index, 1);
  }
}

/** Sets the text of a child, which is made when it is not there; null takes the child out. */
export function setText(parent: XmlElement, name: string, text: string | null, before: Before = []): void {
  if (text === null) {
    removeChildren(parent, (child) => child.name === name);
    return;
  }
  const child = ensureChild(parent, name, before);
  child.nodes.splice(0, child.nodes.length, text);
}

function sourceOf(disk: XmlElement): string | null {
  const source = disk.child('source');
  return (
    source?.attribute('file') ??
    source?.attribute('dev') ??
    source?.attribute('dir') ??
    source?.attribute('name') ??
    null
  );
}
