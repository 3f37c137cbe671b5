// Errors of networks in general, not of the driver.
import { ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** An error of networks in general. */
export function networkError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Network });
}
