// Lists of revoked certificates: which certificates they name.
import { type KeyObject, verify } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { type CertificateFacts, derTime } from './certificate.ts';
import { DerTag, type DerValue, derChildren, derOid, derValues, hexOf } from './der.ts';
import { formatDistinguishedName } from './distinguished-name.ts';

/** One list. */
export interface RevocationList {
  /** DER form of the issuer's name in hexadecimal. */
  readonly issuerDer: string;
  /** That name in libvirt's spelling. */
  readonly issuer: string;
  /** Serial numbers in hexadecimal, as in `CertificateFacts`. */
  readonly serials: ReadonlySet<string>;
  readonly thisUpdate: Date;
  /** When the next one should have come; null when it does not say. */
  readonly nextUpdate: Date | null;
  /** Whether this key has signed it; null for algorithms that are not known here. */
  isSignedBy(key: KeyObject): boolean | null;
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
  const [signed, algorithm, signature] = derChildren(list);
  const parts = derChildren(signed);
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
    issuer: formatDistinguishedName(issuer),
    serials: new Set(serials),
    thisUpdate: derTime(thisUpdate),
    nextUpdate: next === undefined ? null : derTime(next),
    isSignedBy: (key) => isSignedBy(key, signed, algorithm, signature),
  };
}

// SHA-2 with RSA and ECDSA, and Ed25519, which hashes by itself.
const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

function isSignedBy(
  key: KeyObject,
  signed: DerValue | undefined,
  algorithm: DerValue | undefined,
  signature: DerValue | undefined,
): boolean | null {
  const oid = derOid(derChildren(algorithm)[0]);
  const hash = Object.hasOwn(hashes, oid) ? hashes[oid] : undefined;
  if (hash === undefined) return null;
  if (signed === undefined || signature?.tag !== DerTag.BitString) throw malformed();
  try {
    return verify(hash, signed.whole, key, signature.contents.subarray(1));
  } catch {
    // A key of another kind.
    return false;
  }
}

/** What the lists are judged by. */
export interface RevocationSurroundings {
  /** File of the lists. */
  readonly file: string;
  readonly authorities: readonly CertificateFacts[];
  readonly now?: Date;
}

/**
 * What is not as it should be with lists that count all the same, as they do for GnuTLS: whom they name is refused.
 */
export function revocationWarnings(lists: readonly RevocationList[], surroundings: RevocationSurroundings): string[] {
  const { file, authorities, now = new Date() } = surroundings;
  return lists.flatMap((list) => {
    const what = `The certificate revocation list ${file}`;
    const warnings: string[] = [];
    const issuers = authorities.filter(({ subjectDer }) => subjectDer === list.issuerDer);
    if (issuers.length === 0) {
      warnings.push(
        `${what} comes from '${list.issuer}', which is none of the trusted authorities: it counts for certificates of that one alone`,
      );
    } else if (issuers.every(({ x509 }) => list.isSignedBy(x509.publicKey) === false)) {
      warnings.push(`${what} is not signed by '${list.issuer}', whose name it bears; whom it names is refused anyway`);
    }
    if (list.nextUpdate !== null && list.nextUpdate < now) {
      warnings.push(
        `${what} is out of date: the next one was due on ${dayOf(list.nextUpdate)}; whom it names stays refused, and who was revoked since is let in`,
      );
    }
    if (list.thisUpdate > now) warnings.push(`${what} is dated in the future: ${dayOf(list.thisUpdate)}`);
    return warnings;
  });
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function malformed(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, 'revocation list is malformed', { domain: ErrorDomain.Rpc });
}
