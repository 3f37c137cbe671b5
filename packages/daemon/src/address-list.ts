// Addresses that clients may come from: patterns, as older libvirtd had them, and networks.
import { BlockList, isIP } from 'node:net';
import { matchesGlob } from '@virtwire/rpc/node';

/** What is wrong with an entry, in words; null when it is an address, a pattern of one, or NETWORK/BITS. */
export function addressFault(entry: string): string | null {
  const [address = '', bits, ...rest] = entry.split('/');
  if (bits === undefined) {
    const known = isIP(address) !== 0 || (/[*?]/.test(address) && /^[0-9a-f.:*?]+$/i.test(address));
    return known ? null : `'${entry}' is neither an address nor a pattern of one`;
  }
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const fits = family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  return fits ? null : `'${entry}' is no network of the form ADDRESS/BITS`;
}

/** True when an address is in the list; null is a list of all. */
export function isAllowedAddress(list: readonly string[] | null, address: string): boolean {
  if (list === null) return true;
  const plain = plainAddress(address);
  return list.some((given) => {
    const entry = plainEntry(given);
    return entry.includes('/') ? isInNetwork(entry, plain) : isLike(entry, plain);
  });
}

// Whoever copies such an address from a log means that of IPv4.
function plainEntry(entry: string): string {
  const [, base, bits] = /^::ffff:(\d[^:/]*)(?:\/(\d+))?$/i.exec(entry) ?? [];
  if (base === undefined) return entry;
  if (bits === undefined) return base;
  return Number(bits) < 96 ? entry : `${base}/${Number(bits) - 96}`;
}

// Sockets of both families show addresses of IPv4 so.
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function isLike(pattern: string, address: string): boolean {
  const family = isIP(pattern);
  // An address of IPv6 can be written in many ways.
  if (family !== 0) return isInNetwork(`${pattern}/${family === 4 ? 32 : 128}`, address);
  return matchesGlob(pattern.toLowerCase(), address.toLowerCase());
}

function isInNetwork(network: string, address: string): boolean {
  const [base = '', bits] = network.split('/');
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(address) === 0 || isIP(base) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(address, family);
}
