// Sets of CPUs: their bits as letters or as ranges.

/** Writes one letter for each CPU, `y` or `-`. */
export function cpuLetters(map: Uint8Array, count: number): string {
  return Array.from({ length: count }, (_, cpu) => (isSet(map, cpu) ? 'y' : '-')).join('');
}

/** Writes the CPUs of a set as `0-3,7` (virBitmapFormat). */
export function cpuRanges(map: Uint8Array, count: number): string {
  const ranges: string[] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    if (!isSet(map, cpu)) continue;
    const first = cpu;
    while (cpu + 1 < count && isSet(map, cpu + 1)) cpu += 1;
    ranges.push(first === cpu ? `${cpu}` : `${first}-${cpu}`);
  }
  return ranges.join(',');
}

function isSet(map: Uint8Array, cpu: number): boolean {
  return ((map[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0;
}

// As many as virsh takes (virshParseCPUList).
const MAX_CPUS = 1024;

/** Reads CPUs as `0-3,^2,7` into bits (virBitmapParseUnlimited). @returns null when the text is no such list */
export function parseCpuList(list: string): Uint8Array | null {
  const set = new Set<number>();
  for (const item of list.split(',')) {
    const match = /^\s*(\^?)\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(item);
    if (match === null) return null;
    const [, not, firstText, lastText] = match;
    if (not !== '' && lastText !== undefined) return null;
    const first = Number(firstText);
    const last = lastText === undefined ? first : Number(lastText);
    if (last < first || last >= MAX_CPUS) return null;
    for (let cpu = first; cpu <= last; cpu++) {
      if (not === '') set.add(cpu);
      else set.delete(cpu);
    }
  }
  if (set.size === 0) return null;
  const map = new Uint8Array(Math.floor(Math.max(...set) / 8) + 1);
  for (const cpu of set) map[cpu >> 3] = (map[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return map;
}
