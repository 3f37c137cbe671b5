// What differs from driver to driver when a domain definition is completed.

/** A driver's part in reading domain definitions; one row a driver. */
export interface DomainDialect {
  /** The architecture of a guest that names none. */
  readonly defaultArch: string;
  /** The model of a `<video>` that names none. */
  readonly defaultVideo: (guest: { readonly osType: string; readonly arch: string }) => string;
  /** The name an interface without a target gets, given those in use in that domain; null to give none. */
  readonly interfaceName: ((used: ReadonlySet<string>) => string) | null;
}

/** How libvirt's test driver reads domains. */
export const testDialect: DomainDialect = {
  defaultArch: 'i686',
  defaultVideo: ({ osType, arch }) => {
    if (osType === 'xen' || osType === 'linux') return 'xen';
    return arch.startsWith('ppc64') ? 'vga' : 'cirrus';
  },
  interfaceName: (used) => {
    let number = 0;
    while (used.has(`testnet${number}`)) number++;
    return `testnet${number}`;
  },
};
