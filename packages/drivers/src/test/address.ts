// Internet addresses that are counted up from another one.
import { classPrefix, formatIpv4, netmaskPrefix, parseIp } from '@virtwire/conf';

/** The address that lies `offset` above another one; of IPv6 only the last byte is counted, as libvirt does. */
export function addToAddress(text: string, offset: number): string {
  const address = parseIp(text);
  if (address === null) return text;
  if (address.family === 'ipv4') return formatIpv4((address.value + BigInt(offset)) & 0xffffffffn);
  const last = (address.value + BigInt(offset)) & 0xffn;
  return formatIpv6((address.value & ~0xffn) | last);
}

/** How many bits of an address name its network. */
export function prefixLength(text: string, netmask: string | null, prefix: string | null): number {
  if (prefix !== null) return Number(prefix);
  if (netmask !== null) return netmaskPrefix(netmask) ?? 0;
  const address = parseIp(text);
  return address === null ? 0 : address.family === 'ipv6' ? 64 : classPrefix(address);
}

// Groups of hex digits with the longest run of zero groups left out (RFC 5952).
function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.at < 0) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}
