// Rules for the elements outside <devices> that a row alone does not describe.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { domainRows } from './domain-rows.ts';
import { domainError, domainXmlError, scaledKiB, unsupported } from './domain-values.ts';
import { parseUuid } from './uuid.ts';
import { removeChild, reorderAttributes, openMark } from './xml/edit.ts';
import { element, type XmlElement } from './xml/element.ts';
import type { ElementRule } from './xml/shape.ts';

/** A child of a memory kind, in KiB. */
const memorySize: ElementRule = (shaped, source) => {
  const text = source.text;
  if (text === '') return null;
  shaped.setAttribute('unit', 'KiB');
  shaped.nodes[0] = scaledKiB(text, source.attribute('unit'), `./${source.name}[1]`).toString();
  return shaped;
};

const page: ElementRule = (shaped) => {
  const size = shaped.attribute('size');
  if (size === null) throw domainXmlError("Missing required attribute 'size' in element 'page'");
  shaped.setAttribute('size', scaledKiB(size, shaped.attribute('unit'), './@size').toString());
  shaped.setAttribute('unit', 'KiB');
  reorderAttributes(shaped, ['size', 'unit', 'nodeset']);
  return shaped;
};

const vcpu: ElementRule = (shaped, source) => {
  const text = source.text;
  if (text === '') shaped.nodes.push('1');
  else if (!/^\s*\d{1,9}$/.test(text)) throw domainXmlError('maximum vcpus count must be an integer');
  else shaped.nodes[0] = String(Number(text));
  if (shaped.attribute('placement') === 'auto') shaped.setAttribute('cpuset', null);
  const current = shaped.attribute('current');
  if (current !== null) {
    if (!/^\d{1,9}$/.test(current)) throw domainXmlError('current vcpus count must be an integer');
    if (Number(current) > Number(shaped.text)) {
      throw unsupported('maximum vCPU count must not be less than current vCPU count');
    }
    shaped.setAttribute('current', current === shaped.text ? null : String(Number(current)));
  }
  return shaped;
};

const features: ElementRule = (shaped, source) => {
  const known = ` ${domainRows.features as string} async-teardown`;
  for (const child of source.children()) {
    if (!new RegExp(`\\s${child.name.replace(/[^\w-]/g, '')}[!=\\s]`).test(`${known} `)) {
      throw unsupported(`unexpected feature '${child.name}'`);
    }
  }
  return shaped;
};

const hyperv: ElementRule = (shaped) => {
  if (shaped.attribute('mode') === 'passthrough') shaped.nodes.splice(0, shaped.nodes.length, openMark);
  else if (shaped.nodes.length === 0) shaped.nodes.push(openMark);
  return shaped;
};

const cpu: ElementRule = (shaped, source) => {
  const mode = source.attribute('mode');
  if (mode !== null && !['custom', 'host-model', 'host-passthrough', 'maximum'].includes(mode)) {
    throw new LibvirtError(ErrorCode.ConfigUnsupported, `Invalid mode attribute '${mode}'`, {
      domain: ErrorDomain.Cpu,
    });
  }
  const cpuError = (detail: string): LibvirtError =>
    new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Cpu });
  const model = shaped.child('model');
  const named = model !== null && model.text !== '';
  if (shaped.children('feature').some((feature) => !feature.attribute('name')))
    throw cpuError('Invalid CPU feature name');
  const custom = mode === null || mode === 'custom';
  if (custom && !named && shaped.child('feature') !== null) {
    throw cpuError('Non-empty feature list specified without CPU model');
  }
  if (custom) {
    shaped.setAttribute('mode', named ? 'custom' : null);
    shaped.setAttribute('match', named ? (source.attribute('match') ?? 'exact') : null);
    shaped.setAttribute('migratable', null);
    if (named) model.setAttribute('fallback', model.attribute('fallback') ?? 'allow');
    else removeChild(shaped, 'model');
  } else {
    shaped.setAttribute('match', null);
    if (mode === 'host-model') shaped.setAttribute('migratable', null);
    if (model !== null && (mode !== 'host-model' || model.attribute('fallback') !== 'forbid') && !named) {
      removeChild(shaped, 'model');
    }
    if (mode !== 'host-model') removeChild(shaped, 'model');
  }
  reorderAttributes(shaped, ['mode', 'match', 'check', 'migratable']);
  if (model !== null) reorderAttributes(model, ['fallback', 'vendor_id']);
  return shaped;
};

const numa: ElementRule = (shaped) => {
  const cells = shaped.children('cell');
  cells.forEach((cell, index) => {
    if (cell.attribute('id') === null) cell.attributes.unshift('id', String(index));
  });
  cells.sort((a, b) => Number(a.attribute('id')) - Number(b.attribute('id')));
  mirrorDistances(cells);
  const others = shaped.children().filter((child) => child.name !== 'cell');
  shaped.nodes.splice(0, shaped.nodes.length, ...cells, ...others);
  return shaped;
};

// A distance that only one of two cells states holds for both; a cell is 10 from itself (virDomainNumaDefNodeDistanceParseXML).
function mirrorDistances(cells: readonly XmlElement[]): void {
  const known = new Map<string, string>();
  for (const cell of cells) {
    for (const sibling of cell.child('distances')?.children('sibling') ?? []) {
      known.set(`${cell.attribute('id')}:${sibling.attribute('id')}`, sibling.attribute('value') ?? '');
    }
  }
  if (known.size === 0) return;
  for (const cell of cells) {
    const from = cell.attribute('id');
    const siblings: XmlElement[] = [];
    for (const other of cells) {
      const to = other.attribute('id');
      const value = known.get(`${from}:${to}`) ?? known.get(`${to}:${from}`) ?? (from === to ? '10' : undefined);
      if (value !== undefined) siblings.push(element('sibling', { id: to, value }));
    }
    const rest = cell.children().filter((child) => child.name !== 'distances');
    cell.nodes.splice(0, cell.nodes.length, element('distances', {}, siblings), ...rest);
  }
}

const cell: ElementRule = (shaped, source) => {
  const memory = source.attribute('memory');
  if (memory === null) throw domainXmlError("missing element or attribute './@memory'");
  shaped.setAttribute('memory', scaledKiB(memory, source.attribute('unit'), './@memory').toString());
  shaped.setAttribute('unit', 'KiB');
  reorderAttributes(shaped, ['id', 'cpus', 'memory', 'unit', 'memAccess', 'discard']);
  return shaped;
};

const clock: ElementRule = (shaped, source) => {
  const offset = source.attribute('offset') ?? 'utc';
  const keep: Record<string, string | null> = { offset };
  const adjustment = source.attribute('adjustment');
  if (offset === 'variable') {
    keep.adjustment = adjustment !== null && /^\s*[-+]?\d{1,18}$/.test(adjustment) ? String(Number(adjustment)) : '0';
    keep.basis = source.attribute('basis') ?? 'utc';
  } else if (offset === 'timezone') {
    keep.timezone = source.attribute('timezone');
    if (keep.timezone === null) throw domainXmlError("missing 'timezone' attribute for clock with offset='timezone'");
  } else if (offset === 'absolute') {
    keep.start = source.attribute('start');
    if (keep.start === null) {
      throw domainError(ErrorCode.InternalError, "missing 'start' attribute for clock with offset='absolute'");
    }
  } else if (adjustment) {
    if (adjustment !== 'reset' && !/^\s*[-+]?\d{1,18}$/.test(adjustment)) {
      throw domainXmlError(`unknown clock adjustment '${adjustment}'`);
    }
    if (adjustment === 'reset') keep.adjustment = adjustment;
    else Object.assign(keep, { offset: 'variable', adjustment: String(Number(adjustment)), basis: offset });
  }
  return element('clock', keep, shaped.nodes);
};

const idmapRange: ElementRule = (shaped) => {
  const values = ['start', 'target', 'count'].map((name) => shaped.attribute(name));
  if (values.some((value) => value === null || !/^\s*\d{1,10}$/.test(value))) {
    throw domainXmlError('invalid idmap start/target/count settings');
  }
  return shaped;
};

const bootmenu: ElementRule = (shaped) => {
  if (shaped.attribute('enable') !== 'yes') shaped.setAttribute('timeout', null);
  return shaped;
};

const acpiTable: ElementRule = (shaped) => {
  const type = shaped.attribute('type');
  if (type === null) throw domainXmlError('Missing acpi table type');
  if (type !== 'slic') throw domainXmlError(`Unknown acpi table type: ${type}`);
  return shaped;
};

const seclabel: ElementRule = (shaped, source) => {
  const type = source.attribute('type');
  if (type === 'static' && !source.childText('label')) throw domainXmlError('security label is missing');
  if (type === 'none') return element('seclabel', { type, model: source.attribute('model') });
  shaped.setAttribute('relabel', source.attribute('relabel') ?? (type === 'dynamic' ? 'yes' : 'no'));
  if (type === 'dynamic') {
    removeChild(shaped, 'label');
    removeChild(shaped, 'imagelabel');
  }
  return shaped;
};

const sysinfoOrder: Readonly<Record<string, readonly string[]>> = {
  bios: ['vendor', 'version', 'date', 'release'],
  system: ['manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family'],
  baseBoard: ['manufacturer', 'product', 'version', 'serial', 'asset', 'location'],
  chassis: ['manufacturer', 'version', 'serial', 'asset', 'sku'],
};

const sysinfoBlock: ElementRule = (shaped) => {
  const order = sysinfoOrder[shaped.name];
  if (order === undefined) return shaped;
  const entries = order.flatMap((name) =>
    shaped
      .children('entry')
      .filter((entry) => entry.attribute('name') === name)
      .slice(0, 1),
  );
  for (const entry of entries) {
    if (entry.attribute('name') !== 'uuid') continue;
    const uuid = parseUuid(entry.text);
    if (uuid === null) throw domainError(ErrorCode.InternalError, 'malformed <sysinfo> uuid element');
    entry.nodes[0] = uuid;
  }
  shaped.nodes.splice(0, shaped.nodes.length, ...entries);
  return shaped;
};

const firmware: ElementRule = (shaped) => {
  shaped.nodes.sort((a, b) => compareText((a as XmlElement).attribute('name'), (b as XmlElement).attribute('name')));
  return shaped;
};

const cputune: ElementRule = (shaped) => {
  for (const child of shaped.children()) {
    if (child.attributes.length > 0 || child.nodes.length !== 1 || typeof child.nodes[0] !== 'string') continue;
    if (!/^\s*-?\d{1,19}$/.test(child.text)) throw domainXmlError(`can't parse cputune ${child.name} value`);
  }
  return shaped;
};

function compareText(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0;
}

/** The rules by row. */
export const domainRules: Readonly<Record<string, ElementRule>> = {
  memory: memorySize,
  currentMemory: memorySize,
  maxMemory: memorySize,
  page,
  vcpu,
  features,
  hyperv,
  cpu,
  numa,
  cell,
  clock,
  seclabel,
  'sysinfo-block': sysinfoBlock,
  firmware,
  cputune,
  uid: idmapRange,
  gid: idmapRange,
  bootmenu,
  table: acpiTable,
};
