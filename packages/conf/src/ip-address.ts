// IPv4 and IPv6 addresses as numbers, for checks of ranges and networks.

/** An address: its family, and its value as one number. */
export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly value: bigint;
}

/** How many bits an address of a family has. */
export const ipBits = { ipv4: 32, ipv6: 128 } as const;

/** Reads a numeric address; null if the text is not one. */
export function parseIp(text: string): IpAddress | null {
  if (text.includes(':')) return parseIpv6(text);
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return { family: 'ipv4', value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): IpAddress | null {
  if (text.length > 45) return null;
  let source = text;
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(source)?.[1];
  if (tail !== undefined) {
    const v4 = parseIp(tail);
    if (v4 === null) return null;
    const groups = `${(v4.value >> 16n).toString(16)}:${(v4.value & 0xffffn).toString(16)}`;
    source = source.slice(0, -tail.length) + groups;
  }
  const halves = source.split('::');
  if (halves.length > 2) return null;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[] | undefined];
  const missing = 8 - left.length - (right?.length ?? 0);
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  const groups = right === undefined ? left : [...left, ...Array<string>(missing).fill('0'), ...right];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return { family: 'ipv6', value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}

/** The usual text of an IPv4 address. */
export function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

/** How many bits a netmask sets; null if it is not a netmask. */
export function netmaskPrefix(mask: string): number | null {
  const parsed = parseIp(mask);
  if (parsed?.family !== 'ipv4') return null;
  const inverted = ~parsed.value & 0xffff_ffffn;
  if ((inverted & (inverted + 1n)) !== 0n) return null;
  return 32 - inverted.toString(2).replace(/^0$/, '').length;
}

/** The prefix an IPv4 address had by its class, before there were netmasks (virSocketAddrGetIPPrefix). */
export function classPrefix(address: IpAddress): number {
  if (address.family === 'ipv6') return 64;
  if (address.value >> 31n === 0n) return 8;
  return address.value >> 30n === 2n ? 16 : 24;
}
