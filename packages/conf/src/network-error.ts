// The errors of the network code, as network_conf.c raises them.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';

/** An error of the network domain. */
export function networkError(code: number, detail: string | null): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Network });
}

/** A definition that breaks a rule of the format. */
export function xmlError(detail: string): LibvirtError {
  return networkError(ErrorCode.XmlError, detail);
}

/** A definition that asks for what is not there. */
export function unsupported(detail: string): LibvirtError {
  return networkError(ErrorCode.ConfigUnsupported, detail);
}
