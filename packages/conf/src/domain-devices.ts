// What libvirt adds to a guest's devices after reading them: order, indexes, addresses, implied controllers.
import { ErrorCode } from '@virtwire/rpc/error';
import { domainError, domainXmlError, numberAttribute, unsupported } from './domain-values.ts';
import { completeVideoModel } from './domain-video.ts';
import { randomMac } from './mac-address.ts';
import { insertBefore, reorderAttributes } from './xml/edit.ts';
import { element, XmlElement } from './xml/element.ts';

/** Children of `<devices>` in the order they are printed. */
export const deviceOrder: readonly string[] = [
  'emulator',
  'disk',
  'controller',
  'lease',
  'filesystem',
  'interface',
  'smartcard',
  'serial',
  'parallel',
  'console',
  'channel',
  'input',
  'tpm',
  'graphics',
  'sound',
  'audio',
  'video',
  'hostdev',
  'redirdev',
  'redirfilter',
  'hub',
  'watchdog',
  'memballoon',
  'rng',
  'nvram',
  'panic',
  'shmem',
  'memory',
  'iommu',
  'vsock',
];

/** What the guest is, as far as its devices depend on it. */
export interface GuestKind {
  readonly osType: string;
  readonly arch: string;
  /** The model of a `<video>` that names none. */
  readonly defaultVideo: string;
  /** The name that an interface without a target gets, given the names in use; null to give none. */
  readonly interfaceName: ((used: ReadonlySet<string>) => string) | null;
}

/** Devices by kind; the lists are the live ones. */
type Devices = Map<string, XmlElement[]>;

/**
 * Completes the devices of a freshly read definition in place.
 *
 * @param devices the `<devices>` element in row order
 * @see virDomainDefPostParse
 */
export function completeDevices(devices: XmlElement, guest: GuestKind): void {
  const kinds: Devices = new Map();
  for (const child of devices.children()) {
    const list = kinds.get(child.name);
    if (list === undefined) kinds.set(child.name, [child]);
    else list.push(child);
  }
  const of = (name: string): XmlElement[] => {
    const list = kinds.get(name) ?? [];
    kinds.set(name, list);
    return list;
  };
  kinds.set('disk', sortDisks(of('disk')));
  kinds.set('controller', sortControllers(of('controller')));
  completeInputs(of('input'), guest, of('controller'));
  completeCharacterDevices(kinds, guest, of);
  completeVideos(of('video'), of('graphics'), guest);
  completeDisks(of('disk'));
  completeHostdevs(of('hostdev'), of('disk'));
  completeSmartcards(of('smartcard'));
  completeInterfaces(of('interface'), guest);
  addControllers(kinds, of);
  devices.nodes.length = 0;
  for (const name of deviceOrder) devices.nodes.push(...(kinds.get(name) ?? []));
}

/**
 * The index a disk's target name stands for, `vdb` 1, `sdaa` 26; -1 for a name of another form.
 *
 * @see virDiskNameToIndex
 */
export function diskNameIndex(name: string): number {
  const letters = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]{1,5})\d*$/.exec(name)?.[1];
  if (letters === undefined) return -1;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
}

// virDomainDiskInsert: among those of one bus by target, groups in the order their first disk appeared.
function sortDisks(disks: readonly XmlElement[]): XmlElement[] {
  const sorted: XmlElement[] = [];
  for (const disk of disks) {
    const bus = disk.path('target/@bus');
    const index = diskNameIndex(disk.path('target/@dev') ?? '');
    insertSorted(sorted, disk, (other) => {
      if (other.path('target/@bus') !== bus) return null;
      return diskNameIndex(other.path('target/@dev') ?? '') > index;
    });
  }
  return sorted;
}

// Puts an item before the first of its kind that must follow it, else behind the last of its kind, else at the end.
function insertSorted(list: XmlElement[], item: XmlElement, follows: (other: XmlElement) => boolean | null): void {
  let at = -1;
  for (let i = list.length - 1; i >= 0; i--) {
    const order = follows(list[i] as XmlElement);
    if (order === true) at = i;
    else if (order === false && at < 0) at = i + 1;
  }
  list.splice(at < 0 ? list.length : at, 0, item);
}

// Controllers are inserted without an index first; indexes are given out later, in that order.
function sortControllers(controllers: readonly XmlElement[]): XmlElement[] {
  const sorted: XmlElement[] = [];
  for (const controller of controllers) {
    if (controller.attribute('type') === null) controller.attributes.unshift('type', 'ide');
    insertController(sorted, controller);
  }
  sorted.forEach((controller, at) => {
    if (controller.attribute('index') === null) controller.setAttribute('index', freeIndex(sorted, at));
    reorderAttributes(controller, ['type', 'index', 'model']);
  });
  const seen = new Set<string>();
  for (const controller of sorted) {
    const type = controller.attribute('type') as string;
    const key = `${type} ${controller.attribute('index')}`;
    // Companions of one USB controller share its index.
    if (seen.has(key) && type !== 'usb') {
      throw domainXmlError(`Multiple '${type}' controllers with index '${controller.attribute('index')}'`);
    }
    seen.add(key);
  }
  // PCI roots come first.
  return [
    ...sorted.filter((c) => c.attribute('type') === 'pci'),
    ...sorted.filter((c) => c.attribute('type') !== 'pci'),
  ];
}

// The lowest one of its type; an ICH9 USB controller belongs to the one before it (virDomainAssignControllerIndexes).
function freeIndex(sorted: readonly XmlElement[], at: number): string {
  const controller = sorted[at] as XmlElement;
  const previous = sorted[at - 1];
  if (previous !== undefined && isIch9Usb(previous) && isIch9Usb(controller)) {
    return previous.attribute('index') as string;
  }
  const type = controller.attribute('type');
  const used = new Set(sorted.filter((c) => c.attribute('type') === type).map((c) => numberAttribute(c, 'index', -1)));
  let index = 0;
  while (used.has(index)) index++;
  return String(index);
}

function isIch9Usb(controller: XmlElement): boolean {
  return (
    controller.attribute('type') === 'usb' && /^ich9-(?:ehci1|uhci[123])$/.test(controller.attribute('model') ?? '')
  );
}

function insertController(sorted: XmlElement[], controller: XmlElement): void {
  const type = controller.attribute('type');
  const index = numberAttribute(controller, 'index', -1);
  const master = controller.child('master') !== null;
  insertSorted(sorted, controller, (other) => {
    if (other.attribute('type') !== type) return null;
    if (index === -1) return false;
    const otherIndex = numberAttribute(other, 'index', -1);
    if (otherIndex > index) return true;
    return otherIndex === index && !master && other.child('master') !== null;
  });
}

function completeInputs(inputs: XmlElement[], guest: GuestKind, controllers: readonly XmlElement[]): void {
  const usbDisabled = controllers.some((c) => c.attribute('type') === 'usb' && c.attribute('model') === 'none');
  for (const input of inputs) {
    const type = input.attribute('type');
    if (input.attribute('bus') === null && type !== 'evdev') {
      let bus = 'usb';
      if (guest.osType === 'hvm') {
        if (type === 'passthrough') bus = 'virtio';
        else if (type !== 'tablet' && /^(?:i686|x86_64)$/.test(guest.arch)) bus = 'ps2';
      } else if (guest.osType === 'xen' || guest.osType === 'linux') bus = 'xen';
      input.setAttribute('bus', bus);
      reorderAttributes(input, ['type', 'bus', 'model']);
    }
    if (usbDisabled && input.attribute('bus') === 'usb') {
      throw unsupported("Can't add USB input device. USB bus is disabled");
    }
  }
}

function completeCharacterDevices(kinds: Devices, guest: GuestKind, of: (name: string) => XmlElement[]): void {
  const serials = of('serial');
  const consoles = of('console');
  for (const console of consoles) if (console.child('target') === null) setTarget(console, { type: 'serial' });
  if (consoles.some((console, index) => index > 0 && console.path('target/@type') === 'serial')) {
    throw unsupported('Only the first console can be a serial port');
  }
  for (const name of ['serial', 'parallel']) givePorts(of(name));
  consoles.forEach((console, index) => {
    const target = console.child('target') as XmlElement;
    if (target.attribute('port') === null) target.setAttribute('port', String(index));
  });
  // A guest's first console is its first serial port under another name (virDomainDefAddConsoleCompat).
  if (guest.osType !== 'hvm') return;
  const first = consoles[0];
  if (first !== undefined && first.path('target/@type') === 'serial') {
    if (serials.length === 0) serials.push(mirrored(first, 'serial', element('target', { port: 0 })));
    consoles[0] = mirrored(serials[0] as XmlElement, 'console', element('target', { type: 'serial', port: 0 }));
  } else if (first === undefined && serials.length > 0 && isPlainSerial(serials[0] as XmlElement)) {
    consoles.push(mirrored(serials[0] as XmlElement, 'console', element('target', { type: 'serial', port: 0 })));
  }
  kinds.set('console', consoles);
}

function isPlainSerial(serial: XmlElement): boolean {
  const type = serial.path('target/@type');
  return type === null || type === 'isa-serial';
}

function mirrored(from: XmlElement, name: string, target: XmlElement): XmlElement {
  const bodies = ['source', 'protocol', 'log'];
  const nodes = from.children().filter((child) => bodies.includes(child.name));
  return new XmlElement(name, ['type', from.attribute('type') ?? 'pty'], [...nodes.map((n) => n.clone()), target]);
}

function givePorts(devices: readonly XmlElement[]): void {
  let highest = -1;
  for (const device of devices) highest = Math.max(highest, numberAttribute(device.child('target'), 'port', -1));
  for (const device of devices) {
    if (device.path('target/@port') === null) setTarget(device, { port: ++highest });
  }
}

function setTarget(device: XmlElement, attributes: Readonly<Record<string, string | number>>): void {
  const target = device.child('target');
  if (target === null) {
    insertBefore(device, element('target', attributes), ['boot', 'alias', 'master', 'rom', 'acpi', 'address']);
    return;
  }
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
}

function completeVideos(videos: XmlElement[], graphics: readonly XmlElement[], guest: GuestKind): void {
  if (videos.length === 0 && graphics.length > 0) videos.push(element('video'));
  const primary = videos.findIndex((video) => video.path('model/@primary') === 'yes');
  if (primary > 0) videos.unshift(...videos.splice(primary, 1));
  videos.forEach((video, index) => {
    let model = video.child('model');
    if (model === null) {
      model = element('model');
      insertBefore(video, model, ['boot', 'alias', 'master', 'rom', 'acpi', 'address']);
    }
    const type = model.attribute('type');
    if (type === null || type === 'default') model.setAttribute('type', guest.defaultVideo);
    const primary = index === 0 && model.attribute('type') !== 'none';
    model.setAttribute('primary', primary ? 'yes' : null);
    completeVideoModel(model);
  });
}

const busOfPrefix: Readonly<Record<string, string>> = {
  fd: 'fdc',
  hd: 'ide',
  vd: 'virtio',
  sd: 'scsi',
  xvd: 'xen',
  ubd: 'uml',
};

function completeDisks(disks: readonly XmlElement[]): void {
  const targets = new Map<string, XmlElement>();
  for (const disk of disks) {
    const target = disk.child('target');
    const name = target?.attribute('dev') ?? null;
    if (target === null || name === null) {
      const place = diskPlace(disk);
      throw domainError(ErrorCode.NoTarget, place);
    }
    if (target.attribute('bus') === null) {
      const prefix = /^(?:fd|hd|vd|sd|xvd|ubd)/.exec(name)?.[0];
      const bus = prefix === undefined ? (disk.attribute('device') === 'floppy' ? 'fdc' : 'ide') : busOfPrefix[prefix];
      target.setAttribute('bus', bus as string);
      reorderAttributes(target, ['dev', 'bus']);
    }
    checkDiskName(disk, name);
    if (disk.child('source') === null && !['cdrom', 'floppy'].includes(disk.attribute('device') ?? '')) {
      throw domainError(ErrorCode.NoSource, name);
    }
    const twin = targets.get(name);
    if (twin !== undefined) {
      const [one, other] = [diskPlace(twin) ?? '(null)', diskPlace(disk) ?? '(null)'];
      throw domainXmlError(`target '${name}' duplicated for disk sources '${one}' and '${other}'`);
    }
    targets.set(name, disk);
    assignDriveAddress(disk, name, target.attribute('bus') as string);
  }
  checkDriveAddresses(disks);
}

function diskPlace(disk: XmlElement): string | null {
  const source = disk.child('source');
  for (const name of ['file', 'dev', 'dir', 'name']) {
    const value = source?.attribute(name);
    if (value) return value;
  }
  return null;
}

function checkDiskName(disk: XmlElement, name: string): void {
  if (disk.attribute('device') === 'floppy' && !name.startsWith('fd')) {
    throw domainError(ErrorCode.InternalError, `Invalid floppy device name: ${name}`);
  }
  if (diskNameIndex(name) < 0 && disk.child('address') === null) {
    throw domainXmlError(`Unknown disk name '${name}' and no address specified`);
  }
}

// How many units and buses the old controllers have (virDomainDiskDefAssignAddress).
const driveLayout: Readonly<Record<string, { perController: number; perBus: number }>> = {
  ide: { perController: 4, perBus: 2 },
  sata: { perController: 6, perBus: 6 },
  fdc: { perController: 2, perBus: 2 },
  scsi: { perController: 7, perBus: 7 },
};

function assignDriveAddress(disk: XmlElement, name: string, bus: string): void {
  const layout = driveLayout[bus];
  const index = diskNameIndex(name);
  if (layout === undefined || index < 0 || disk.child('address') !== null) return;
  const within = index % layout.perController;
  disk.nodes.push(
    driveAddress(Math.floor(index / layout.perController), Math.floor(within / layout.perBus), within % layout.perBus),
  );
}

function driveAddress(controller: number, bus: number, unit: number): XmlElement {
  return element('address', { type: 'drive', controller, bus, target: 0, unit });
}

function checkDriveAddresses(disks: readonly XmlElement[]): void {
  const taken = new Map<string, string>();
  for (const disk of disks) {
    const address = disk.child('address');
    if (address?.attribute('type') !== 'drive') continue;
    const [controller, bus, target, unit] = ['controller', 'bus', 'target', 'unit'].map((n) => address.attribute(n));
    const key = `${disk.path('target/@bus')} ${controller} ${bus} ${target} ${unit}`;
    const name = disk.path('target/@dev') as string;
    const first = taken.get(key);
    if (first !== undefined) {
      throw unsupported(
        `Found duplicate drive address for disk with target name '${first}' controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`,
      );
    }
    taken.set(key, name);
  }
}

// A SCSI host device gets the first unit that no disk and no other host device has (virDomainHostdevAssignAddress).
function completeHostdevs(hostdevs: readonly XmlElement[], disks: readonly XmlElement[]): void {
  const key = (address: XmlElement): string => `${address.attribute('controller')} ${address.attribute('unit')}`;
  const taken = new Set<string>();
  for (const disk of disks) {
    const address = disk.child('address');
    if (disk.path('target/@bus') === 'scsi' && address !== null) taken.add(key(address));
  }
  const scsi = hostdevs.filter((hostdev) => hostdev.attribute('type') === 'scsi');
  for (const hostdev of scsi) {
    const address = hostdev.child('address');
    if (address !== null) taken.add(key(address));
  }
  for (const hostdev of scsi) {
    if (hostdev.child('address') !== null) continue;
    let place = 0;
    while (taken.has(`${Math.floor(place / 7)} ${place % 7}`)) place++;
    const address = driveAddress(Math.floor(place / 7), 0, place % 7);
    taken.add(key(address));
    hostdev.nodes.push(address);
  }
}

function completeSmartcards(smartcards: readonly XmlElement[]): void {
  let highest = -1;
  for (const card of smartcards) {
    const address = card.child('address');
    if (address?.attribute('type') === 'ccid' && address.attribute('controller') === '0') {
      highest = Math.max(highest, numberAttribute(address, 'slot', -1));
    }
  }
  for (const card of smartcards) {
    if (card.child('address') === null)
      card.nodes.push(element('address', { type: 'ccid', controller: 0, slot: ++highest }));
  }
}

function completeInterfaces(interfaces: readonly XmlElement[], guest: GuestKind): void {
  const used = new Set<string>();
  for (const one of interfaces) {
    const name = one.path('target/@dev');
    if (name !== null) used.add(name);
    if (one.child('mac') === null) one.nodes.unshift(element('mac', { address: randomMac() }));
  }
  if (guest.interfaceName === null) return;
  for (const one of interfaces) {
    if (one.path('target/@dev') !== null) continue;
    const name = guest.interfaceName(used);
    used.add(name);
    const target = one.child('target');
    if (target !== null) target.attributes.unshift('dev', name);
    else insertBehind(one, element('target', { dev: name }), beforeTarget);
  }
}

const beforeTarget = [
  'mac',
  'source',
  'ip',
  'route',
  'vlan',
  'virtualport',
  'bandwidth',
  'port',
  'script',
  'downscript',
  'backenddomain',
];

function insertBehind(parent: XmlElement, child: XmlElement, names: readonly string[]): void {
  const at = parent.nodes.findLastIndex((node) => node instanceof XmlElement && names.includes(node.name));
  parent.nodes.splice(at + 1, 0, child);
}

// virDomainDefAddImplicitDevices: a controller for every one that an address names.
function addControllers(kinds: Devices, of: (name: string) => XmlElement[]): void {
  const controllers = of('controller');
  const disks = of('disk');
  const ensure = (type: string, highest: number): void => {
    const present = new Set(
      controllers.filter((c) => c.attribute('type') === type).map((c) => numberAttribute(c, 'index', -1)),
    );
    for (let index = 0; index <= highest; index++) {
      if (!present.has(index)) insertController(controllers, element('controller', { type, index }));
    }
  };
  for (const type of ['scsi', 'fdc', 'ide', 'sata']) {
    const indexes = disks
      .filter((disk) => disk.path('target/@bus') === type)
      .map((disk) => disk.child('address'))
      .filter((address) => address?.attribute('type') === 'drive')
      .map((address) => numberAttribute(address as XmlElement, 'controller', 0));
    ensure(type, Math.min(Math.max(-1, ...indexes), maxController));
  }
  const indexOf = (device: XmlElement): number => numberAttribute(device.child('address'), 'controller', 0);
  const ensureOne = (type: string, index: number): void => {
    const present = controllers.some((c) => c.attribute('type') === type && numberAttribute(c, 'index', -1) === index);
    if (!present) insertController(controllers, element('controller', { type, index }));
  };
  for (const device of [...of('channel'), ...of('console')]) {
    if (device.path('target/@type') === 'virtio') ensureOne('virtio-serial', indexOf(device));
  }
  for (const card of of('smartcard')) {
    if (card.path('address/@type') === 'ccid') ensureOne('ccid', indexOf(card));
  }
  const hosts = of('hostdev')
    .filter((hostdev) => hostdev.attribute('type') === 'scsi')
    .map(indexOf);
  ensure('scsi', Math.min(Math.max(-1, ...hosts), maxController));
  kinds.set('controller', controllers);
}

/** An address may name any controller; we do not make thousands of them for one that does. */
const maxController = 1024;
