// A host's capabilities, from values to libvirt's XML.
import { XmlWriter } from './xml/writer.ts';

/** One CPU of a NUMA cell. */
export interface HostCpu {
  readonly id: number;
  readonly socketId: number;
  readonly dieId: number;
  readonly coreId: number;
  /** The CPUs of the same core, as a set in text. */
  readonly siblings: string;
}

/** How much memory there is in pages of one size. */
export interface HostPages {
  readonly sizeKiB: number;
  readonly count: number | bigint;
}

/** One NUMA cell. */
export interface HostCell {
  readonly id: number;
  readonly memoryKiB: number | bigint;
  readonly pages: readonly HostPages[];
  readonly cpus: readonly HostCpu[];
}

/** One kind of guest the host can run. */
export interface GuestCapabilities {
  /** `hvm`, `xen`, ... */
  readonly osType: string;
  readonly arch: string;
  readonly wordsize: number;
  readonly emulator: string;
  readonly domainTypes: readonly string[];
  readonly machines?: readonly string[];
  /** Names of switches, printed as empty elements. */
  readonly features: readonly string[];
}

/** What a host is and what it can run. */
export interface Capabilities {
  /** The host's UUID, left out when it has none. */
  readonly uuid?: string;
  readonly arch: string;
  readonly features: readonly string[];
  /** Page sizes the CPU knows, KiB. */
  readonly pageSizesKiB: readonly number[];
  readonly cells: readonly HostCell[];
  readonly securityModel?: { readonly model: string; readonly doi: string };
  readonly guests: readonly GuestCapabilities[];
}

/**
 * Prints capabilities as a driver without power management and IOMMU does.
 *
 * @see virCapabilitiesFormatXML
 */
export function formatCapabilities(capabilities: Capabilities): string {
  const out = new XmlWriter();
  out.open('capabilities').raw('\n');
  writeHost(out, capabilities);
  for (const guest of capabilities.guests) writeGuest(out, guest);
  return out.close().toString();
}

function writeHost(out: XmlWriter, host: Capabilities): void {
  out.open('host').leaf('uuid', host.uuid);
  out.open('cpu').leaf('arch', host.arch);
  writeFeatures(out, host.features);
  for (const size of host.pageSizesKiB) out.empty('pages', { unit: 'KiB', size });
  out.close().empty('power_management').empty('iommu', { support: 'no' });
  out.open('topology').open('cells', { num: host.cells.length });
  for (const cell of host.cells) {
    out.open('cell', { id: cell.id }).leaf('memory', cell.memoryKiB, { unit: 'KiB' });
    for (const pages of cell.pages) out.leaf('pages', pages.count, { unit: 'KiB', size: pages.sizeKiB });
    out.open('cpus', { num: cell.cpus.length });
    for (const cpu of cell.cpus) {
      const { id, socketId, dieId, coreId, siblings } = cpu;
      out.empty('cpu', { id, socket_id: socketId, die_id: dieId, core_id: coreId, siblings });
    }
    out.close().close();
  }
  out.close().close();
  if (host.securityModel !== undefined) {
    out.open('secmodel').leaf('model', host.securityModel.model).leaf('doi', host.securityModel.doi).close();
  }
  out.close().raw('\n');
}

function writeFeatures(out: XmlWriter, features: readonly string[]): void {
  if (features.length === 0) return;
  out.open('features');
  for (const feature of features) out.empty(feature);
  out.close();
}

function writeGuest(out: XmlWriter, guest: GuestCapabilities): void {
  out.open('guest').leaf('os_type', guest.osType).open('arch', { name: guest.arch });
  out.leaf('wordsize', guest.wordsize).leaf('emulator', guest.emulator);
  for (const machine of guest.machines ?? []) out.leaf('machine', machine);
  for (const type of guest.domainTypes) out.empty('domain', { type });
  out.close();
  writeFeatures(out, guest.features);
  out.close().raw('\n');
}
