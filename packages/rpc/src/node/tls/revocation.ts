// Lists of revoked certificates: which certificates they name.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { derTime } from './certificate.ts';
import { DerTag, derChildren, derValues, hexOf } from './der.ts';

/** One list. */
export interface RevocationList {
  /** DER form of the issuer's name in hexadecimal. */
  readonly issuerDer: string;
  /** Serial numbers in hexadecimal, as in `CertificateFacts`. */
  readonly serials: ReadonlySet<string>;
  /** When the next one should have come; null when it does not say. */
  readonly nextUpdate: Date | null;
}

/**
 * Reads every list of a PEM text.
 *
 * @throws LibvirtError `InvalidArg` when one is malformed, or when there is none: who is revoked must not be forgotten
 *   because a file is damaged
 */
export function revocationListsOf(pem: string): RevocationList[] {
  const blocks = [...pem.matchAll(/-----BEGIN (?:X509 )?CRL-----([^-]*)-----END (?:X509 )?CRL-----/g)];
  if (blocks.length === 0) {
    throw new LibvirtError(ErrorCode.InvalidArg, 'there is no revocation list', { domain: ErrorDomain.Rpc });
  }
  return blocks.map(([, base64 = '']) => revocationList(Buffer.from(base64, 'base64')));
}

function revocationList(bytes: Uint8Array): RevocationList {
  const [list, ...rest] = derValues(bytes);
  const parts = derChildren(derChildren(list)[0]);
  // The version is absent in a list of version 1.
  const base = parts[0]?.tag === DerTag.Integer ? 1 : 0;
  const [, issuer, thisUpdate, ...later] = parts.slice(base);
  if (issuer === undefined || thisUpdate === undefined || rest.length > 0) throw malformed();
  const next = later[0]?.tag === DerTag.UtcTime || later[0]?.tag === DerTag.GeneralizedTime ? later.shift() : undefined;
  const entries = later[0]?.tag === DerTag.Sequence ? derChildren(later[0]) : [];
  const serials = entries.map((entry) => {
    const [serial] = derChildren(entry);
    if (serial?.tag !== DerTag.Integer) throw malformed();
    return hexOf(serial.contents);
  });
  return {
    issuerDer: hexOf(issuer.whole),
    serials: new Set(serials),
    nextUpdate: next === undefined ? null : derTime(next),
  };
}

function malformed(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, 'revocation list is malformed', { domain: ErrorDomain.Rpc });
}
