// Sets of CPUs: as lists of numbers, as bits on the wire, as text in XML.
import type { XmlElement } from '@virtwire/conf';

/** All CPUs of a host. */
export function allCpus(count: number): readonly number[] {
  return Array.from({ length: count }, (_, cpu) => cpu);
}

/** The numbers of the bits that are set, lowest first. */
export function mapToCpus(map: Uint8Array): number[] {
  const cpus: number[] = [];
  map.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) cpus.push(index * 8 + bit);
  });
  return cpus;
}

/** Sets the bits of CPUs; those that lie outside the map are left out. */
export function cpusToMap(cpus: readonly number[], map: Uint8Array): void {
  for (const cpu of cpus) {
    const index = cpu >> 3;
    if (index < map.length) map[index] = (map[index] ?? 0) | (1 << (cpu & 7));
  }
}

/** Reads a set as XML writes it, `0-3,^2,8`; null when it is none. */
export function tryParseCpus(text: string): number[] | null {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\^?)(\d{1,7})(?:-(\d{1,7}))?\s*$/.exec(part);
    if (match === null) return null;
    const first = Number(match[2]);
    const last = Number(match[3] ?? match[2]);
    // A set never speaks of more CPUs than libvirt's own (VIR_DOMAIN_CPUMASK_LEN).
    if (last < first || last >= maxCpuNumber) return null;
    for (let cpu = first; cpu <= last; cpu++) {
      if (match[1] === '^') cpus.delete(cpu);
      else cpus.add(cpu);
    }
  }
  return [...cpus].sort((a, b) => a - b);
}

const maxCpuNumber = 16384;

/** Reads a set that has been checked before; nonsense is an empty set. */
export function parseCpus(text: string): number[] {
  return tryParseCpus(text) ?? [];
}

/** Writes a set as XML has it: `0-3,8`. */
export function formatCpus(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < cpus.length; ) {
    let end = index;
    while (cpus[end + 1] === (cpus[end] ?? 0) + 1) end++;
    parts.push(end === index ? `${cpus[index]}` : `${cpus[index]}-${cpus[end]}`);
    index = end + 1;
  }
  return parts.join(',');
}

/** The attribute `cpuset` of an element as a set; null when it has none. */
export function cpuSetOf(of: XmlElement | null): readonly number[] | null {
  const text = of?.attribute('cpuset') ?? null;
  return text === null ? null : parseCpus(text);
}
