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
