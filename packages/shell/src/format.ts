// Figures as the shell prints them: labels, sizes, times.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Writes one line of a label, padded to a width, and its value. */
export function labelLine(label: string, value: string | number | bigint, width = 15): string {
  return `${label.padEnd(width)} ${value}\n`;
}

/** Writes bytes in the largest unit that leaves a number of at least 1, e.g. `1.50 GiB`. */
export function prettySize(bytes: bigint, digits = 2): string {
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes >= 1024n ** BigInt(unit + 1)) unit += 1;
  return `${(Number(bytes) / 1024 ** unit).toFixed(digits)} ${UNITS[unit]}`;
}

/** Writes a time of the local time zone as `2026-01-02 03:04:05 +0000`. @param seconds since the epoch */
export function localTime(seconds: bigint | number): string {
  const time = new Date(Number(seconds) * 1000);
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())} ${zone}`;
}

/** Writes a moment as libvirt stamps events: `2026-01-02 03:04:05.678+0000`. */
export function timestamp(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '+0000');
}

/** Writes a flag as yes or no. */
export function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
