// Whether a certificate belongs to the host that a URI names, as GnuTLS decides it.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { addressText, type CertificateFacts, Purpose } from './certificate.ts';

/**
 * Tells whether a certificate is that of a host.
 *
 * An address must be among the addresses of subjectAltName. A name must be among its DNS names; when it has neither
 * names, nor addresses, nor URIs, the one common name counts, if the certificate may serve TLS. `*.` at the beginning of
 * a name stands for one label, of at least three.
 *
 * @param host name or address, IPv6 without brackets
 * @see gnutls_x509_crt_check_hostname
 */
export function matchesHostName(facts: CertificateFacts, host: string): boolean {
  const { alternativeNames: names, commonNames, purposes } = facts;
  const address = addressOf(host);
  if (address !== null) return names?.addresses.includes(address) ?? false;
  // What has no ASCII form is no name of a host.
  const wanted = domainToASCII(host);
  if (wanted === '') return false;
  if (names?.dns.some((name) => matchesName(name, wanted))) return true;
  const named = names !== null && (names.uris || names.dns.length > 0 || names.addresses.length > 0);
  const mayServe = purposes === null || purposes.oids.some((oid) => oid === Purpose.TlsServer || oid === Purpose.Any);
  const [only, ...further] = commonNames;
  return !named && mayServe && only !== undefined && further.length === 0 && matchesName(only, wanted);
}

/** All names that a certificate has for hosts, for people to read. */
export function hostNamesOf({ alternativeNames, commonNames }: CertificateFacts): string[] {
  const listed = [...(alternativeNames?.dns ?? []), ...(alternativeNames?.addresses ?? [])];
  return listed.length > 0 ? listed : [...commonNames];
}

function matchesName(pattern: string, host: string): boolean {
  if (!/^[\x20-\x7e]+$/.test(pattern)) return false;
  const name = pattern.toLowerCase();
  if (name === host) return true;
  if (!name.startsWith('*.')) return false;
  const rest = host.indexOf('.');
  return rest > 0 && name.slice(1) === host.slice(rest) && host.indexOf('.', rest + 1) > 0;
}

// In the form of certificateFacts; null for a name.
function addressOf(host: string): string | null {
  const kind = isIP(host);
  if (kind === 0) return null;
  if (kind === 4) return host;
  // A zone says which link, not which host.
  const canonical = new URL(`http://[${host.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [before = '', after] = canonical.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return addressText(
    Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])),
  );
}
