// What libvirt fills in and refuses in a domain definition outside its devices.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { domainError, domainXmlError, unsupported } from './domain-values.ts';
import { parseUuid, randomUuid } from './uuid.ts';
import { insertBefore, openMark, reorderAttributes } from './xml/edit.ts';
import { element, XmlElement } from './xml/element.ts';

/** Children of `<domain>` in the order they are printed. */
export const domainOrder: readonly string[] = [
  'name',
  'uuid',
  'genid',
  'title',
  'description',
  'metadata',
  'maxMemory',
  'memory',
  'currentMemory',
  'blkiotune',
  'memtune',
  'memoryBacking',
  'vcpu',
  'vcpus',
  'iothreads',
  'iothreadids',
  'defaultiothread',
  'cputune',
  'numatune',
  'resource',
  'sysinfo',
  'bootloader',
  'bootloader_args',
  'os',
  'idmap',
  'features',
  'cpu',
  'clock',
  'on_poweroff',
  'on_reboot',
  'on_crash',
  'on_lockfailure',
  'pm',
  'perf',
  'devices',
  'seclabel',
  'keywrap',
  'launchSecurity',
];

/** Sets a child of the domain in its place; null removes it. */
export function setDomainChild(domain: XmlElement, name: string, child: XmlElement | null): void {
  const at = domain.nodes.findIndex((node) => node instanceof XmlElement && node.name === name);
  if (child === null) {
    if (at >= 0) domain.nodes.splice(at, 1);
    return;
  }
  if (at >= 0) domain.nodes[at] = child;
  else insertBefore(domain, child, domainOrder.slice(domainOrder.indexOf(name) + 1));
}

/** What a name may not hold (virXMLCheckIllegalChars and virDomainDefParseXML). */
export function checkDomainName(name: string): void {
  if (name.includes('\n')) {
    throw new LibvirtError(ErrorCode.XmlDetail, 'invalid char in name: \n', { domain: ErrorDomain.Xml });
  }
  if (name.includes('/')) throw domainXmlError(`name ${name} cannot contain '/'`);
}

/** Checks and completes name, UUID and the texts. */
export function completeIdentity(domain: XmlElement, source: XmlElement): void {
  if (source.attribute('type') === null) throw domainError(ErrorCode.InternalError, 'missing domain type attribute');
  const uuidText = source.childText('uuid');
  const uuid = uuidText === null ? randomUuid() : parseUuid(uuidText);
  if (uuid === null) throw domainError(ErrorCode.InternalError, 'malformed uuid element');
  const name = source.childText('name');
  if (name === null) throw domainError(ErrorCode.NoName, null);
  checkDomainName(name);
  setDomainChild(domain, 'uuid', element('uuid', {}, [uuid]));
  const genid = domain.child('genid');
  if (genid !== null) {
    const value = genid.text === '' ? randomUuid() : parseUuid(genid.text);
    if (value === null) throw domainError(ErrorCode.InternalError, 'malformed genid element');
    setDomainChild(domain, 'genid', element('genid', {}, [value]));
  }
  if (domain.childText('title')?.includes('\n')) throw domainXmlError("Domain title can't contain newlines");
  const metadata = domain.child('metadata');
  if (metadata !== null) setDomainChild(domain, 'metadata', sanitizedMetadata(metadata));
}

// virXMLNodeSanitizeNamespaces: only the first element of each namespace stays, and none without one.
function sanitizedMetadata(metadata: XmlElement): XmlElement {
  const seen = new Set<string>();
  const nodes: XmlElement[] = [];
  for (const node of metadata.children()) {
    if (node.namespace === null || seen.has(node.namespace)) continue;
    seen.add(node.namespace);
    nodes.push(node);
  }
  const outer: string[] = [];
  for (const node of nodes) collectOuterPrefixes(node, new Set(), outer);
  return new XmlElement('metadata', [...outer, ...metadata.attributes], nodes);
}

// Declarations that stood outside of <metadata> are repeated on it, as libxml2 does for a copied subtree.
function collectOuterPrefixes(node: XmlElement, declared: ReadonlySet<string>, outer: string[]): void {
  const here = new Set(declared);
  for (let i = 0; i < node.attributes.length; i += 2) here.add(node.attributes[i] as string);
  const declaration = node.prefix === '' ? 'xmlns' : `xmlns:${node.prefix}`;
  if (node.namespace !== null && !here.has(declaration) && !outer.includes(declaration)) {
    outer.push(declaration, node.namespace);
  }
  for (const child of node.children()) collectOuterPrefixes(child, here, outer);
}

/** Completes memory, vcpu, iothreads and numatune. */
export function completeResources(domain: XmlElement): void {
  const cells = domain.child('cpu')?.child('numa')?.children('cell') ?? [];
  completeMemory(domain, cells);
  if (domain.child('vcpu') === null) setDomainChild(domain, 'vcpu', element('vcpu', { placement: 'static' }, ['1']));
  completeIothreads(domain);
  completeNumatune(domain);
  checkCellCpus(domain, cells);
  const pins = domain.child('cputune')?.children('vcpupin') ?? [];
  if (pins.some((pin) => pin.attribute('cpuset') === null)) {
    throw domainError(ErrorCode.InternalError, 'missing cpuset for vcpupin');
  }
}

function completeMemory(domain: XmlElement, cells: readonly XmlElement[]): void {
  let total = BigInt(domain.childText('memory') ?? '0');
  if (cells.length > 0) {
    const modules = domain.child('devices')?.children('memory') ?? [];
    const sizes = [
      ...cells.map((cell) => cell.attribute('memory') ?? '0'),
      ...modules.map((module) => module.path('target/size') ?? '0'),
    ];
    if (total === 0n) total = sizes.reduce((sum, size) => sum + BigInt(size), 0n);
  }
  if (total === 0n) {
    throw domainXmlError('Memory size must be specified via <memory> or in the <numa> configuration');
  }
  const dumpCore = domain.path('memory/@dumpCore');
  setDomainChild(domain, 'memory', element('memory', { dumpCore, unit: 'KiB' }, [String(total)]));
  let current = BigInt(domain.childText('currentMemory') ?? '0');
  if (current === 0n || current > total) current = total;
  setDomainChild(domain, 'currentMemory', element('currentMemory', { unit: 'KiB' }, [String(current)]));
}

function completeIothreads(domain: XmlElement): void {
  const text = domain.childText('iothreads');
  if (text !== null && !/^\d{1,9}$/.test(text)) throw domainXmlError(`invalid iothreads count '${text}'`);
  const list = domain.child('iothreadids');
  const given = list?.children('iothread') ?? [];
  const count = Math.max(Number(text ?? '0'), given.length);
  if (count === 0) {
    setDomainChild(domain, 'iothreads', null);
    return;
  }
  setDomainChild(domain, 'iothreads', element('iothreads', {}, [String(count)]));
  if (list === null) return;
  const used = new Set(given.map((thread) => Number(thread.attribute('id'))));
  let id = 1;
  for (let missing = Math.min(count, 65536) - given.length; missing > 0; missing--) {
    while (used.has(id)) id++;
    used.add(id);
    list.nodes.push(element('iothread', { id }));
  }
}

// Automatic placement of vcpus and of memory goes together (virDomainNumatuneParseXML).
function completeNumatune(domain: XmlElement): void {
  const vcpu = domain.child('vcpu') as XmlElement;
  const numatune = domain.child('numatune');
  const memory = numatune?.child('memory') ?? null;
  if (memory !== null) {
    const placement =
      memory.attribute('placement') ?? (memory.attribute('nodeset') === null ? vcpu.attribute('placement') : 'static');
    const automatic = placement === 'auto';
    memory.setAttribute('mode', memory.attribute('mode') ?? 'strict');
    memory.setAttribute('placement', automatic ? 'auto' : null);
    if (automatic) memory.setAttribute('nodeset', null);
    reorderAttributes(memory, ['mode', 'nodeset', 'placement']);
    if (automatic && vcpu.attribute('cpuset') === null) vcpu.setAttribute('placement', 'auto');
  } else if (vcpu.attribute('placement') === 'auto') {
    const automatic = element('memory', { mode: 'strict', placement: 'auto' });
    setDomainChild(domain, 'numatune', element('numatune', {}, [automatic, ...(numatune?.nodes ?? [])]));
  }
}

function checkCellCpus(domain: XmlElement, cells: readonly XmlElement[]): void {
  const vcpus = Number(domain.childText('vcpu'));
  let count = 0;
  let highest = -1;
  for (const cell of cells) {
    for (const part of (cell.attribute('cpus') ?? '').split(',').filter(Boolean)) {
      const [first, last] = part.split('-').map(Number);
      count += (last ?? first ?? 0) - (first ?? 0) + 1;
      highest = Math.max(highest, last ?? first ?? 0);
    }
  }
  if (count > vcpus) throw domainError(ErrorCode.InternalError, 'Number of CPUs in <numa> exceeds the <vcpu> count');
  if (highest >= vcpus && highest >= 0) {
    throw domainError(ErrorCode.InternalError, 'CPU IDs in <numa> exceed the <vcpu> count');
  }
  if (vcpus === 0) throw domainError(ErrorCode.InternalError, 'CPU IDs in <numa> exceed the <vcpu> count');
}

const architectures: ReadonlySet<string> = new Set([
  'alpha',
  'armv6l',
  'armv7l',
  'armv7b',
  'aarch64',
  'cris',
  'i686',
  'ia64',
  'lm32',
  'm68k',
  'microblaze',
  'microblazeel',
  'mips',
  'mipsel',
  'mips64',
  'mips64el',
  'openrisc',
  'parisc',
  'parisc64',
  'ppc',
  'ppcle',
  'ppc64',
  'ppc64le',
  'ppcemb',
  'riscv32',
  'riscv64',
  's390',
  's390x',
  'sh4',
  'sh4eb',
  'sparc',
  'sparc64',
  'unicore32',
  'x86_64',
  'xtensa',
  'xtensaeb',
  'loongarch64',
]);

/** Checks and completes `<os>`; returns what kind of system the guest runs and on what. */
export function completeOs(domain: XmlElement, defaultArch: string): { osType: string; arch: string } {
  const os = domain.child('os');
  const type = os?.child('type') ?? null;
  if (os === null || type === null || type.text === '') {
    if (domain.childText('bootloader') !== null) {
      // Only paravirtual guests have a boot loader on the host.
      const fresh = element('os', {}, [element('type', { arch: defaultArch }, ['xen'])]);
      setDomainChild(domain, 'os', fresh);
      return { osType: 'xen', arch: defaultArch };
    }
    throw domainXmlError('an os <type> must be specified');
  }
  let osType = type.text;
  if (!['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh'].includes(osType))
    throw unsupported(`unknown OS type '${osType}'`);
  // The Xen driver's own name for a paravirtual guest is the older one.
  if (osType === 'xen' && domain.attribute('type') === 'xen') osType = 'linux';
  type.nodes.splice(0, type.nodes.length, osType);
  const arch = type.attribute('arch') ?? defaultArch;
  if (!architectures.has(arch)) throw unsupported(`Unknown architecture ${arch}`);
  type.setAttribute('arch', arch);
  reorderAttributes(type, ['arch', 'machine']);
  completeBoot(domain, os, osType);
  return { osType, arch };
}

function completeBoot(domain: XmlElement, os: XmlElement, osType: string): void {
  const orders = new Set<string>();
  for (const device of domain.child('devices')?.children() ?? []) {
    const order = device.path('boot/@order');
    if (order === null) continue;
    if (orders.has(order)) throw unsupported(`boot order '${order}' used for more than one device`);
    orders.add(order);
  }
  const boots = os.children('boot');
  if (osType !== 'hvm') {
    for (const boot of boots) os.nodes.splice(os.nodes.indexOf(boot), 1);
    return;
  }
  if (orders.size > 0) {
    if (boots.length > 0) throw unsupported('per-device boot elements cannot be used together with os/boot elements');
    return;
  }
  if (boots.length === 0) insertBefore(os, element('boot', { dev: 'hd' }), ['bootmenu', 'bios', 'smbios']);
}

const actions: readonly [name: string, otherwise: string, words: readonly string[]][] = [
  ['on_poweroff', 'destroy', ['destroy', 'restart', 'rename-restart', 'preserve']],
  ['on_reboot', 'restart', ['destroy', 'restart', 'rename-restart', 'preserve']],
  ['on_crash', 'destroy', ['destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart']],
];

/** Completes clock, life cycle actions and the devices element. */
export function completeLifecycle(domain: XmlElement): void {
  if (domain.child('clock') === null) setDomainChild(domain, 'clock', element('clock', { offset: 'utc' }));
  for (const [name, otherwise, words] of actions) {
    const action = domain.childText(name) ?? otherwise;
    if (!words.includes(action)) throw unsupported(`unknown ${name} action: ${action}`);
    setDomainChild(domain, name, element(name, {}, [action]));
  }
  const devices = domain.child('devices') ?? element('devices');
  if (devices.nodes.length === 0) devices.nodes.push(openMark);
  setDomainChild(domain, 'devices', devices);
  checkAliases(devices);
}

function checkAliases(devices: XmlElement): void {
  const seen = new Set<string>();
  for (const device of devices.children()) {
    const alias = device.path('alias/@name');
    if (alias === null) continue;
    if (seen.has(alias)) throw unsupported(`non unique alias detected: ${alias}`);
    seen.add(alias);
  }
  const balloons = devices.children('memballoon').length;
  if (balloons > 1) throw domainError(ErrorCode.InternalError, 'only a single memory balloon device is supported');
}
