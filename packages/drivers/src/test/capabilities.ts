// The capabilities document of the test driver.
import { formatCapabilities } from '@virtwire/conf';
import type { TestState } from './state.ts';

const features = ['pae', 'nonpae'] as const;
/** KiB; the first cell counts its pages in the first size, the second cell in the second. */
const pageSizes = [4, 8, 2048, 1048576] as const;

/** Prints the capabilities. @see virConnectGetCapabilities */
export function formatTestCapabilities(state: TestState): string {
  return formatCapabilities({
    arch: 'i686',
    features,
    pageSizesKiB: pageSizes,
    cells: state.cells.map((cell, id) => {
      const size = id === 1 ? pageSizes[1] : pageSizes[0];
      return {
        id,
        memoryKiB: cell.memory,
        pages: [
          { sizeKiB: size, count: cell.memory / BigInt(size) },
          ...pageSizes.slice(2).map((large) => ({ sizeKiB: large, count: 0 })),
        ],
        cpus: cell.cpus.map((cpu) => ({ ...cpu, dieId: 0, siblings: String(cpu.id) })),
      };
    }),
    securityModel: { model: 'testSecurity', doi: '' },
    guests: ['hvm', 'xen'].map((osType) => ({
      osType,
      arch: 'i686',
      wordsize: 32,
      emulator: '/usr/bin/test-hv',
      domainTypes: ['test'],
      features,
    })),
  });
}
