// MAC addresses: canonical text and fresh ones.

/**
 * Reads a MAC address: six hex numbers of one or two digits with colons between.
 *
 * @returns lower-case text with two digits each, or null if it is not one
 * @see virMacAddrParse
 */
export function parseMac(text: string): string | null {
  if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(text)) return null;
  return text
    .toLowerCase()
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':');
}

/** True for a multicast (or broadcast) address, which no interface may have. */
export function isMulticastMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/**
 * A fresh address: the three bytes of the prefix and three random ones.
 *
 * @param prefix QEMU's `52:54:00` by default, as libvirt's test driver and QEMU driver use
 */
export function randomMac(prefix = '52:54:00'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(3));
  return `${prefix}:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
